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

void github_finding(const struct ipmasq_diag *diag)
{
	const char *file = ipmasq_diag_file(diag);
	const char *suggestion = ipmasq_diag_suggestion(diag);
	char *path;

	printf("::%s ", command_name(ipmasq_diag_severity(diag)));
	if (file) {
		path = uri_path(file);
		put_property("file", path);
		putchar(',');
		free(path);
	}
	if (file && ipmasq_diag_line(diag))
		printf("line=%u,col=%u,endColumn=%u,", ipmasq_diag_line(diag),
		       ipmasq_diag_column(diag), ipmasq_diag_end_column(diag));
	put_property("title", ipmasq_diag_code(diag));
	printf("::");
	put_escaped(ipmasq_diag_message(diag), "%\r\n");
	if (suggestion) {
		printf("; write instead: ");
		put_escaped(suggestion, "%\r\n");
	}
	putchar('\n');
}
