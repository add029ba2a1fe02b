/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as a JSON array, for programs. */
#include "cli/output_json.h"

#include <errno.h>
#include <stdlib.h>

#include "cli/cli_say.h"
#include "cli/json.h"

static struct json_object *finding_object(const struct ipmasq_finding *finding)
{
	const struct ipmasq_place *place = &finding->place;
	struct json_object *object = json_new_object();

	json_add_place(object, place);
	json_add(object, "endColumn",
		 place->file && place->line ? json_new_number(place->end_column) : NULL);
	json_add(object, "severity", json_new_text(ipmasq_severity_name(finding->severity)));
	json_add(object, "code", json_new_text(finding->code));
	json_add(object, "message", json_new_text(finding->message));
	json_add(object, "suggestion", json_new_text(finding->suggestion));
	return object;
}

static void *open_json(int fail_on)
{
	struct json_list *list = malloc(sizeof(*list));

	(void)fail_on;
	if (!list)
		cli_die(-ENOMEM, "cannot write JSON");
	json_list_open(list);
	return list;
}

static void put_json(void *list, const char *input, const struct ipmasq_diags *diags)
{
	struct ipmasq_finding finding;

	(void)input;
	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++)
		json_list_put(list, finding_object(&finding));
}

static void close_json(void *list)
{
	json_list_close(list);
	free(list);
}

const struct finding_format json_format = {
	.open = open_json,
	.put = put_json,
	.close = close_json,
};
