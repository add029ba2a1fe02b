/* SPDX-License-Identifier: Apache-2.0 */
/* Reports about the node on stdout, as text and as JSON. */
#include "apply/report_output.h"

#include <stdio.h>

#include "apply/names.h"
#include "cli/json.h"

/* One line per finding or change, or a single line when there is none. */
static void print_family(const struct ipmasq_report *report, enum ipmasq_family family)
{
	enum ipmasq_backend backend = ipmasq_report_backend(report, family);
	const char *state = state_name(ipmasq_report_state(report, family));
	size_t count = ipmasq_report_count(report, family);
	char head[64];

	if (backend == IPMASQ_BACKEND_AUTO)
		snprintf(head, sizeof(head), "%s: %s", family_name(family), state);
	else
		snprintf(head, sizeof(head), "%s: %s (%s)", family_name(family), state,
			 ipmasq_backend_name(backend));
	for (size_t i = 0; i < count; i++)
		printf("%s: %s\n", head, ipmasq_report_line(report, family, i));
	if (count == 0)
		puts(head);
}

static struct json_object *family_object(const struct ipmasq_report *report,
					 enum ipmasq_family family)
{
	struct json_object *object = json_new_object();
	struct json_object *changes = json_new_array();
	enum ipmasq_backend backend = ipmasq_report_backend(report, family);

	json_add(object, "family", json_new_text(family_name(family)));
	json_add(object, "state", json_new_text(state_name(ipmasq_report_state(report, family))));
	json_add(object, "backend",
		 backend == IPMASQ_BACKEND_AUTO ? NULL
						: json_new_text(ipmasq_backend_name(backend)));
	for (size_t i = 0; i < ipmasq_report_count(report, family); i++)
		json_append(changes, json_new_text(ipmasq_report_line(report, family, i)));
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
