/* SPDX-License-Identifier: Apache-2.0 */
/* How are findings written for GitHub Actions, which shows them beside the lines concerned? */
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

#include "cli/uri.h"

/* What ends a command, or one of its properties, is written by its number. */
static void put_escaped(const char *text, const char *special)
{
	for (; *text; text++) {
		if (strchr(special, *text))
			printf("%%%02X", (unsigned int)(unsigned char)*text);
		else
			putchar(*text);
	}
}

static void put_property(const char *name, const char *value)
{
	printf("%s=", name);
	put_escaped(value, "%\r\n:,");
}

static const char *command_name(enum ipmasq_severity severity)
{
	return severity == IPMASQ_NOTE ? "notice" : ipmasq_severity_name(severity);
}

void github_finding(const struct ipmasq_finding *finding)
{
	const struct ipmasq_place *place = &finding->place;
	char *path;

	printf("::%s ", command_name(finding->severity));
	if (place->file) {
		path = uri_path(place->file);
		put_property("file", path);
		putchar(',');
		free(path);
	}
	if (place->file && place->line)
		printf("line=%u,col=%u,endColumn=%u,", place->line, place->column,
		       place->end_column);
	put_property("title", finding->code);
	printf("::");
	put_escaped(finding->message, "%\r\n");
	if (finding->suggestion) {
		printf("; write instead: ");
		put_escaped(finding->suggestion, "%\r\n");
	}
	putchar('\n');
}
