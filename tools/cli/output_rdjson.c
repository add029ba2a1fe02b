/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings in the Reviewdog Diagnostic Format, with the certain fixes as suggestions, which a
 * reviewer applies with a click. Its columns count bytes, and its ranges end after their last byte.
 */
#include "cli/output_rdjson.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli_say.h"
#include "cli/finding_json.h"
#include "cli/text_place.h"

static struct json_object *position_object(struct text_place place)
{
	struct json_object *object = json_new_object();

	json_add(object, "line", json_new_number(place.line));
	json_add(object, "column", json_new_number(place.column));
	return object;
}

/* The bytes from @offset up to @end. */
static struct json_object *range_object(const struct ipmasq_finding *finding, size_t offset,
					size_t end)
{
	struct json_object *object = json_new_object();

	json_add(object, "start", position_object(text_place(finding, offset, TEXT_BYTES)));
	json_add(object, "end", position_object(text_place(finding, end, TEXT_BYTES)));
	return object;
}

static struct json_object *location_object(const struct ipmasq_finding *finding, const char *input)
{
	struct json_object *object = json_new_pair("path", finding_json_path(finding, input));

	if (finding->place.line > 0 && finding->text)
		json_add(object, "range",
			 range_object(finding, finding->text_offset, text_finding_end(finding)));
	return object;
}

static struct json_object *suggestion_object(const struct ipmasq_finding *finding)
{
	size_t end = finding->edit_offset + finding->edit_length;
	struct json_object *object =
		json_new_pair("range", range_object(finding, finding->edit_offset, end));

	json_add(object, "text", json_new_text(finding->edit));
	return object;
}

static const char *severity_word(enum ipmasq_severity severity)
{
	switch (severity) {
	case IPMASQ_ERROR:
		return "ERROR";
	case IPMASQ_WARNING:
		return "WARNING";
	default:
		return "INFO";
	}
}

static struct json_object *diagnostic_object(const struct ipmasq_finding *finding,
					     const char *input)
{
	struct json_object *object = json_new_pair("message", finding_json_message(finding));

	json_add(object, "location", location_object(finding, input));
	json_add(object, "severity", json_new_text(severity_word(finding->severity)));
	json_add(object, "code", json_new_pair("value", json_new_text(finding->code)));
	if (finding->edit && finding->text)
		json_add(object, "suggestions", json_new_array_of(suggestion_object(finding)));
	return object;
}

static void *open_rdjson(int fail_on)
{
	struct json_list *list = malloc(sizeof(*list));

	(void)fail_on;
	if (!list)
		cli_die(-ENOMEM, "cannot write JSON");
	printf("{\"source\": {\"name\": \"ipmasq-lint\"}, \"diagnostics\": ");
	json_list_open(list);
	return list;
}

static void put_rdjson(void *list, const char *input, const struct ipmasq_diags *diags)
{
	struct ipmasq_finding finding;

	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++)
		json_list_put(list, diagnostic_object(&finding, input));
}

static void close_rdjson(void *list)
{
	json_list_close(list);
	puts("}");
	free(list);
}

const struct finding_format rdjson_format = {
	.open = open_rdjson,
	.put = put_rdjson,
	.close = close_rdjson,
};
