/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as workflow commands of GitHub Actions, which shows them beside the lines. */
#include "cli/output_github.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/uri.h"

/* Characters that would end the command or a property are written as %XX. */
static void print_escaped(const char *text, const char *special)
{
	for (; *text; text++) {
		if (strchr(special, *text))
			printf("%%%02X", (unsigned int)(unsigned char)*text);
		else
			putchar(*text);
	}
}

static void print_property(const char *name, const char *value)
{
	printf("%s=", name);
	print_escaped(value, "%\r\n:,");
}

static const char *command_name(enum ipmasq_severity severity)
{
	return severity == IPMASQ_NOTE ? "notice" : ipmasq_severity_name(severity);
}

static void print_finding(const struct ipmasq_finding *finding)
{
	const struct ipmasq_place *place = &finding->place;
	char *path;

	printf("::%s ", command_name(finding->severity));
	if (place->file) {
		path = uri_path(place->file);
		print_property("file", path);
		putchar(',');
		free(path);
	}
	if (place->file && place->line)
		printf("line=%u,col=%u,endColumn=%u,", place->line, place->column,
		       place->end_column);
	print_property("title", finding->code);
	printf("::");
	print_escaped(finding->message, "%\r\n");
	if (finding->suggestion) {
		printf("; write instead: ");
		print_escaped(finding->suggestion, "%\r\n");
	}
	putchar('\n');
}

static void *open_github(int fail_on)
{
	(void)fail_on;
	return NULL;
}

static void put_github(void *state, const char *input, const struct ipmasq_diags *diags)
{
	struct ipmasq_finding finding;

	(void)state;
	(void)input;
	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++)
		print_finding(&finding);
}

static void close_github(void *state)
{
	(void)state;
}

const struct finding_format github_format = {
	.open = open_github,
	.put = put_github,
	.close = close_github,
};
