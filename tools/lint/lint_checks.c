/* SPDX-License-Identifier: Apache-2.0 */
/* What can ipmasq-lint find? */
#include <stdio.h>
#include <string.h>

#include "lint/lint.h"

#define CODE_WIDTH 27 /* of the longest code */

void lint_list_checks(const struct cli *cli)
{
	struct json_list list = { 0 };
	const struct ipmasq_check *check;

	if (cli->format == CLI_JSON)
		json_open(&list);
	for (size_t i = 0; (check = ipmasq_check_get(i)); i++)
		if (cli->format == CLI_JSON)
			json_put(&list, json_check(check));
		else
			printf("%-*s  %-7s  %s\n", CODE_WIDTH, check->code,
			       ipmasq_severity_name(check->severity), check->summary);
	if (cli->format == CLI_JSON)
		json_close(&list);
}

void lint_explain_check(const struct cli *cli, const char *code)
{
	const struct ipmasq_check *check = ipmasq_check_find(code);
	struct json_list list = { 0 };

	if (!check)
		cli_usage("there is no check '%s': --list-checks names all", code);
	if (cli->format == CLI_JSON) {
		json_open(&list);
		json_put(&list, json_check(check));
		json_close(&list);
		return;
	}
	printf("%s (%s): %s\n\n%s", check->code, ipmasq_severity_name(check->severity),
	       check->summary, check->help);
}
