/* SPDX-License-Identifier: Apache-2.0 */
/* Describes the checks, for --list-checks and --explain-check. */
#include "lint/lint_checks.h"

#include <stdio.h>

#include "cli/json.h"

/* The length of the longest code. */
#define CODE_WIDTH 27

static struct json_object *check_object(const struct ipmasq_check *check)
{
	struct json_object *object = json_new_object();
	const char *severity = ipmasq_severity_name(check->severity);

	json_add(object, "code", json_new_text(check->code));
	json_add(object, "severity", json_new_text(severity));
	json_add(object, "summary", json_new_text(check->summary));
	json_add(object, "help", json_new_text(check->help));
	return object;
}

void lint_list_checks(const struct cli *cli)
{
	struct json_list list = { 0 };
	const struct ipmasq_check *check;

	if (cli->format == CLI_JSON)
		json_list_open(&list);
	for (size_t i = 0; (check = ipmasq_check_get(i)); i++)
		if (cli->format == CLI_JSON)
			json_list_put(&list, check_object(check));
		else
			printf("%-*s  %-7s  %s\n", CODE_WIDTH, check->code,
			       ipmasq_severity_name(check->severity), check->summary);
	if (cli->format == CLI_JSON)
		json_list_close(&list);
}

void lint_explain_check(const struct cli *cli, const char *code)
{
	const struct ipmasq_check *check = ipmasq_check_find(code);
	struct json_list list = { 0 };

	if (!check)
		cli_usage("there is no check '%s': --list-checks names all", code);
	if (cli->format == CLI_JSON) {
		json_list_open(&list);
		json_list_put(&list, check_object(check));
		json_list_close(&list);
		return;
	}
	printf("%s (%s): %s\n\n%s", check->code, ipmasq_severity_name(check->severity),
	       check->summary, check->help);
}
