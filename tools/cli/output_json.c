/* SPDX-License-Identifier: Apache-2.0 */
/* How are results written for programs? */
#include "cli/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define JSON_STYLE (JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)

static void *check(void *made)
{
	if (!made)
		cli_die(-ENOMEM, "cannot write JSON");
	return made;
}

void json_open(struct json_list *list)
{
	list->count = 0;
	putchar('[');
}

void json_put(struct json_list *list, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(object, JSON_STYLE);

	if (!text)
		cli_die(-ENOMEM, "cannot write JSON");
	printf("%s\n  %s", list->count++ ? "," : "", text);
	json_object_put(object);
}

void json_close(const struct json_list *list)
{
	puts(list->count ? "\n]" : "]");
}

/* How many bytes the UTF-8 character at @text has; 0 when it is none (RFC 3629). */
static size_t utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char mask, lead, second_min, second_max, size;
	} shapes[] = {
		{ 0x80, 0x00, 0x00, 0xff, 1 }, { 0xff, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xff, 0xed, 0x80, 0x9f, 3 }, { 0xff, 0xf0, 0x90, 0xbf, 4 },
		{ 0xff, 0xf4, 0x80, 0x8f, 4 }, { 0xfe, 0xc0, 0x01, 0x00, 0 },
		{ 0xe0, 0xc0, 0x80, 0xbf, 2 }, { 0xf0, 0xe0, 0x80, 0xbf, 3 },
		{ 0xfc, 0xf0, 0x80, 0xbf, 4 },
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if ((text[0] & shapes[i].mask) != shapes[i].lead)
			continue;
		if (shapes[i].size == 1)
			return 1;
		if (text[1] < shapes[i].second_min || text[1] > shapes[i].second_max)
			return 0;
		for (size_t k = 2; k < shapes[i].size; k++)
			if ((text[k] & 0xc0) != 0x80)
				return 0;
		return shapes[i].size;
	}
	return 0;
}

struct json_object *json_text(const char *text)
{
	struct json_object *string;
	char *clean;
	size_t used = 0;
	size_t len;

	if (!text)
		return NULL;
	clean = check(malloc(3 * strlen(text) + 1));
	while (*text) {
		len = utf8_length((const unsigned char *)text);
		memcpy(clean + used, len ? text : "\xef\xbf\xbd", len ? len : 3);
		used += len ? len : 3;
		text += len ? len : 1;
	}
	string = check(json_object_new_string_len(clean, (int)used));
	free(clean);
	return string;
}

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) != 0)
		cli_die(-ENOMEM, "cannot write JSON");
}

static struct json_object *json_number(unsigned int number)
{
	return check(json_object_new_int64(number));
}

static void add_place(struct json_object *object, const struct ipmasq_place *place)
{
	bool within = place && place->file && place->line;

	add(object, "file", place ? json_text(place->file) : NULL);
	add(object, "line", within ? json_number(place->line) : NULL);
	add(object, "column", within ? json_number(place->column) : NULL);
}

struct json_object *json_finding(const struct ipmasq_finding *finding)
{
	const struct ipmasq_place *place = &finding->place;
	struct json_object *object = check(json_object_new_object());

	add_place(object, place);
	add(object, "endColumn",
	    place->file && place->line ? json_number(place->end_column) : NULL);
	add(object, "severity", json_text(ipmasq_severity_name(finding->severity)));
	add(object, "code", json_text(finding->code));
	add(object, "message", json_text(finding->message));
	add(object, "suggestion", json_text(finding->suggestion));
	return object;
}

struct json_object *json_check(const struct ipmasq_check *row)
{
	struct json_object *object = check(json_object_new_object());

	add(object, "code", json_text(row->code));
	add(object, "severity", json_text(ipmasq_severity_name(row->severity)));
	add(object, "summary", json_text(row->summary));
	add(object, "help", json_text(row->help));
	return object;
}

static void add_entry(struct json_object *object, enum ipmasq_origin origin,
		      const struct ipmasq_entry *entry)
{
	char cidr[IPMASQ_TEXT_MAX];

	add(object, "origin", json_text(ipmasq_origin_name(origin)));
	add(object, "entry", entry ? json_text(ipmasq_entry_cidr(entry, cidr)) : NULL);
	add(object, "host", entry ? json_text(ipmasq_entry_host(entry)) : NULL);
	add_place(object, entry ? &(struct ipmasq_place){ .file = ipmasq_entry_file(entry),
							  .line = ipmasq_entry_line(entry),
							  .column = ipmasq_entry_column(entry) }
				: NULL);
}

struct json_object *json_answer(const struct answer *answer)
{
	struct json_object *object = check(json_object_new_object());
	struct json_object *overrides = check(json_object_new_array());
	struct json_object *override;

	add(object, "address", json_text(answer->target));
	add(object, "verdict", json_text(ipmasq_verdict_name(answer_verdict(answer))));
	add_entry(object, answer_origin(answer), answer->entry);
	for (size_t i = 0; i < answer->override_count; i++) {
		override = check(json_object_new_object());
		add_entry(override, ipmasq_entry_origin(answer->overrides[i]),
			  answer->overrides[i]);
		if (json_object_array_add(overrides, override) != 0)
			cli_die(-ENOMEM, "cannot write JSON");
	}
	add(object, "overrides", overrides);
	add(object, "rule", json_text(answer->rule));
	return object;
}

static struct json_object *json_side(const struct ipmasq_entry *entry)
{
	struct json_object *object;

	if (!entry)
		return NULL;
	object = check(json_object_new_object());
	add_entry(object, ipmasq_entry_origin(entry), entry);
	return object;
}

struct json_object *json_change(const struct ipmasq_diff *diff, enum ipmasq_family family,
				bool sources, size_t index)
{
	bool masquerade = ipmasq_diff_verdict(diff, index) == IPMASQ_MASQUERADE;
	struct json_object *object = check(json_object_new_object());
	struct json_object *parts = check(json_object_new_array());
	const struct ipmasq_entry *before, *after;
	uint8_t first[16], last[16];
	char text[IPMASQ_TEXT_MAX];

	ipmasq_diff_get(diff, index, first, last, NULL, NULL);
	add(object, "address", json_text(ipmasq_format_range(family, first, last, text)));
	add(object, "side", json_text(sources ? "source" : "destination"));
	add(object, "addresses", json_text(ipmasq_range_size(family, first, last, text)));
	add(object, "before",
	    json_text(ipmasq_verdict_name(masquerade ? IPMASQ_RETURN : IPMASQ_MASQUERADE)));
	add(object, "after",
	    json_text(ipmasq_verdict_name(masquerade ? IPMASQ_MASQUERADE : IPMASQ_RETURN)));
	for (size_t i = 0; ipmasq_diff_part(diff, index, i, first, last, &before, &after); i++) {
		struct json_object *part = check(json_object_new_object());

		add(part, "address", json_text(ipmasq_format_range(family, first, last, text)));
		add(part, "before", json_side(before));
		add(part, "after", json_side(after));
		if (json_object_array_add(parts, part) != 0)
			cli_die(-ENOMEM, "cannot write JSON");
	}
	add(object, "parts", parts);
	return object;
}

struct json_object *json_report(const struct ipmasq_report *report, enum ipmasq_family family)
{
	struct json_object *object = check(json_object_new_object());
	struct json_object *changes = check(json_object_new_array());
	enum ipmasq_backend backend = ipmasq_report_backend(report, family);

	add(object, "family", json_text(family_name(family)));
	add(object, "state", json_text(state_name(ipmasq_report_state(report, family))));
	add(object, "backend",
	    backend == IPMASQ_BACKEND_AUTO ? NULL : json_text(ipmasq_backend_name(backend)));
	for (size_t i = 0; i < ipmasq_report_count(report, family); i++)
		if (json_object_array_add(changes,
					  json_text(ipmasq_report_line(report, family, i))) != 0)
			cli_die(-ENOMEM, "cannot write JSON");
	add(object, "changes", changes);
	return object;
}

struct json_object *json_script(enum ipmasq_family family, const char *command, const char *script)
{
	struct json_object *object = check(json_object_new_object());

	add(object, "family", json_text(family_name(family)));
	add(object, "command", json_text(command));
	add(object, "script", json_text(script));
	return object;
}
