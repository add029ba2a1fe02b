/* SPDX-License-Identifier: Apache-2.0 */
/* Reports about the node on stdout, as text and as JSON. */
#include "apply/report_output.h"

#include <stdio.h>

#include "apply/names.h"
#include "cli/json.h"

/* One line per finding or change, or a single line when there is none. */
static void print_family(const struct ipmasq_report *report, enum ipmasq_family family)
{
	struct ipmasq_result result = { .error = 0 };
	struct ipmasq_line line;
	const char *state;
	char head[64];

	ipmasq_report_result(report, family, &result, sizeof(result));
	state = ipmasq_state_name(result.state);
	if (result.backend == IPMASQ_BACKEND_AUTO)
		snprintf(head, sizeof(head), "%s: %s", family_name(family), state);
	else
		snprintf(head, sizeof(head), "%s: %s (%s)", family_name(family), state,
			 ipmasq_backend_name(result.backend));
	for (size_t i = 0; ipmasq_report_line(report, family, i, &line, sizeof(line)) == 0; i++)
		printf("%s: %s\n", head, line.text);
	if (result.lines == 0)
		puts(head);
}

static struct json_object *family_object(const struct ipmasq_report *report,
					 enum ipmasq_family family)
{
	struct json_object *object = json_new_object();
	struct json_object *changes = json_new_array();
	struct ipmasq_result result = { .error = 0 };
	struct ipmasq_line line;

	ipmasq_report_result(report, family, &result, sizeof(result));
	json_add(object, "family", json_new_text(family_name(family)));
	json_add(object, "state", json_new_text(ipmasq_state_name(result.state)));
	json_add(object, "backend",
		 result.backend == IPMASQ_BACKEND_AUTO
			 ? NULL
			 : json_new_text(ipmasq_backend_name(result.backend)));
	for (size_t i = 0; ipmasq_report_line(report, family, i, &line, sizeof(line)) == 0; i++)
		json_append(changes, json_new_text(line.text));
	json_add(object, "changes", changes);
	return object;
}

void report_print(const struct ipmasq_report *report, enum cli_format format)
{
	struct json_list list;

	if (format == CLI_TEXT) {
		print_family(report, IPMASQ_IPV4);
		print_family(report, IPMASQ_IPV6);
		return;
	}
	json_list_open(&list);
	json_list_put(&list, family_object(report, IPMASQ_IPV4));
	json_list_put(&list, family_object(report, IPMASQ_IPV6));
	json_list_close(&list);
}
