/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as JSON objects, for programs. */
#include "explain/answer_json.h"

static void add_entry(struct json_object *object, const struct ipmasq_entry_details *entry)
{
	json_add(object, "origin", json_new_text(ipmasq_origin_name(entry->origin)));
	json_add(object, "entry", json_new_text(entry->cidr[0] ? entry->cidr : NULL));
	json_add(object, "host", json_new_text(entry->host));
	json_add_place(object, &entry->place);
}

struct json_object *answer_entry_object(const struct ipmasq_entry *entry)
{
	const struct ipmasq_entry_details info = answer_entry(entry);
	struct json_object *object;

	if (!entry)
		return NULL;
	object = json_new_object();
	add_entry(object, &info);
	return object;
}

static struct json_object *pods_array(const struct ipmasq_policy *policy, enum ipmasq_family family)
{
	struct json_object *array = json_new_array();
	const struct ipmasq_entry *entry;

	for (size_t i = 0; (entry = ipmasq_policy_pod(policy, family, i)); i++)
		json_append(array, json_new_text(answer_entry(entry).cidr));
	return array;
}

struct json_object *answer_object(const struct answer *answer)
{
	const struct ipmasq_entry_details entry = answer_entry(answer->entry);
	struct json_object *object = json_new_object();
	struct json_object *overrides = json_new_array();

	json_add(object, "address", json_new_text(answer->target));
	json_add(object, "verdict", json_new_text(ipmasq_verdict_name(entry.verdict)));
	add_entry(object, &entry);
	for (size_t i = 0; i < answer->override_count; i++)
		json_append(overrides, answer_entry_object(answer->overrides[i]));
	json_add(object, "overrides", overrides);
	json_add(object, "rule", json_new_text(answer->rule));
	if (answer->pods)
		json_add(object, "sources", pods_array(answer->pods, answer->family));
	return object;
}
