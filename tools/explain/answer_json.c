/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as JSON objects, for programs. */
#include "explain/answer_json.h"

void answer_add_entry(struct json_object *object, enum ipmasq_origin origin,
		      const struct ipmasq_entry *entry)
{
	struct ipmasq_place place = { .file = NULL };
	char cidr[IPMASQ_TEXT_MAX];

	json_add(object, "origin", json_new_text(ipmasq_origin_name(origin)));
	json_add(object, "entry", entry ? json_new_text(ipmasq_entry_cidr(entry, cidr)) : NULL);
	json_add(object, "host", entry ? json_new_text(ipmasq_entry_host(entry)) : NULL);
	if (entry)
		place = (struct ipmasq_place){ .file = ipmasq_entry_file(entry),
					       .line = ipmasq_entry_line(entry),
					       .column = ipmasq_entry_column(entry) };
	json_add_place(object, &place);
}

struct json_object *answer_object(const struct answer *answer)
{
	struct json_object *object = json_new_object();
	struct json_object *overrides = json_new_array();
	struct json_object *override;

	json_add(object, "address", json_new_text(answer->target));
	json_add(object, "verdict", json_new_text(ipmasq_verdict_name(answer_verdict(answer))));
	answer_add_entry(object, answer_origin(answer), answer->entry);
	for (size_t i = 0; i < answer->override_count; i++) {
		override = json_new_object();
		answer_add_entry(override, ipmasq_entry_origin(answer->overrides[i]),
				 answer->overrides[i]);
		json_append(overrides, override);
	}
	json_add(object, "overrides", overrides);
	json_add(object, "rule", json_new_text(answer->rule));
	return object;
}
