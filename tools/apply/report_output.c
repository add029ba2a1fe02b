/* SPDX-License-Identifier: Apache-2.0 */
/* Reports about the node on stdout, as text and as JSON. */
#include "apply/report_output.h"

#include <stdio.h>
#include <string.h>

#include "apply/names.h"
#include "cli/json.h"

/* What a line begins with. */
static void print_head(enum ipmasq_family family, enum ipmasq_state state,
		       enum ipmasq_backend backend)
{
	printf("%s: %s", family_name(family), ipmasq_state_name(state));
	if (backend != IPMASQ_BACKEND_AUTO)
		printf(" (%s)", ipmasq_backend_name(backend));
}

/* One line per finding or change, or a single line when there is none. */
static void print_family(const struct ipmasq_report *report, enum ipmasq_family family)
{
	struct ipmasq_result result = { .error = 0 };
	struct ipmasq_line line;

	ipmasq_report_result(report, family, &result, sizeof(result));
	for (size_t i = 0; ipmasq_report_line(report, family, i, &line, sizeof(line)) == 0; i++) {
		/* What was changed is in line now, and may be overridden all the same. */
		print_head(family,
			   line.kind == IPMASQ_LINE_OVERRIDE ? IPMASQ_STATE_OVERRIDDEN
							     : result.state,
			   line.backend != IPMASQ_BACKEND_AUTO ? line.backend : result.backend);
		printf(": %s\n", line.text);
	}
	if (result.lines == 0) {
		print_head(family, result.state, result.backend);
		putchar('\n');
	}
}

/* NULL, which is written as null, without an error. */
static struct json_object *error_object(const struct ipmasq_result *result)
{
	struct json_object *object;

	if (result->error == 0)
		return NULL;
	object = json_new_object();
	json_add(object, "code", json_new_text(result->code));
	json_add(object, "message",
		 json_new_text(result->text ? result->text : strerror(-result->error)));
	json_add_place(object, &result->place);
	return object;
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
	json_add(object, "error", error_object(&result));
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
