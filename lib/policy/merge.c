/* SPDX-License-Identifier: Apache-2.0 */
/* Several inputs, one value a key. */
#include "merge.h"

#include <stdlib.h>
#include <string.h>

static const char *text_name(const struct pos *pos)
{
	return pos->text ? pos->text->name : "the program";
}

int merge_switch(const struct ipmasq_config *config, const struct profile *profile,
		 enum config_key key, struct ipmasq_diags *diags, struct merged_value *merged)
{
	int r = 0;

	*merged = (struct merged_value){ 0 };
	for (size_t i = 0; i < config->count; i++) {
		const struct config_value *value = &config->parts[i].values[key];
		bool first = !merged->present;

		if (!value->present)
			continue;
		if (first || (profile->switches_are_ored && value->flag && !merged->flag)) {
			*merged = (struct merged_value){ true, value->flag, 0, value->pos };
			continue;
		}
		if (value->flag == merged->flag || profile->switches_are_ored)
			continue;
		r = -EINVAL;
		if (diag_add(diags, IPMASQ_ERROR, "conflict", &value->pos, NULL,
			     "%s is %s here but %s in %s:%u:%u: the inputs must agree",
			     config_key_name(key), value->flag ? "true" : "false",
			     merged->flag ? "true" : "false", text_name(&merged->pos),
			     merged->pos.line, merged->pos.column) < 0)
			return -ENOMEM;
	}
	return r;
}

int merge_smallest(const struct ipmasq_config *config, enum config_key key,
		   struct ipmasq_diags *diags, struct merged_value *merged)
{
	bool differ = false;

	*merged = (struct merged_value){ 0 };
	for (size_t i = 0; i < config->count; i++) {
		const struct config_value *value = &config->parts[i].values[key];

		if (!value->present)
			continue;
		differ |= merged->present && merged->number != value->number;
		if (!merged->present || value->number < merged->number)
			*merged = (struct merged_value){ true, false, value->number, value->pos };
	}
	if (!differ)
		return 0;
	return diag_add(diags, IPMASQ_NOTE, "smallest-wins", &merged->pos, NULL,
			"the inputs give different values for %s: the smallest, this one, applies",
			config_key_name(key));
}

/* Prefixes seen so far: a hash table of indices into the items, twice as large as they can get. */
struct seen {
	uint32_t *slots;
	size_t mask;
};

#define SLOT_FREE UINT32_MAX

/*
 * To keep a duplicate is harmless (it can never decide), so the search gives up on a crowded table:
 * whatever prefixes somebody may have picked to collide, the time stays in step with their number.
 */
#define PROBES_MAX 64

static uint64_t prefix_hash(const struct prefix *prefix)
{
	uint64_t hash = prefix->addr.hi ^ (prefix->addr.lo * 0x9e3779b97f4a7c15u);

	hash += ((uint64_t)prefix->family << 8) | prefix->len;
	hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
	hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
	return hash ^ (hash >> 31);
}

/* Whether item number @index is new; if so it is remembered. */
static bool seen_add(struct seen *seen, const struct config_item *items, uint32_t index)
{
	const struct prefix *prefix = &items[index].prefix;
	size_t slot = prefix_hash(prefix) & seen->mask;

	for (size_t probe = 0; probe < PROBES_MAX; probe++) {
		if (seen->slots[slot] == SLOT_FREE) {
			seen->slots[slot] = index;
			return true;
		}
		if (prefix_equal(&items[seen->slots[slot]].prefix, prefix))
			return false;
		slot = (slot + 1) & seen->mask;
	}
	return true;
}

static int seen_init(struct seen *seen, size_t count)
{
	size_t size = 16;

	while (size < 2 * count)
		size *= 2;
	seen->slots = malloc(size * sizeof(*seen->slots));
	if (!seen->slots)
		return -ENOMEM;
	memset(seen->slots, 0xff, size * sizeof(*seen->slots));
	seen->mask = size - 1;
	return 0;
}

int merge_list(const struct ipmasq_config *config, enum config_key key, bool *given,
	       struct config_item **items, size_t *count, size_t *written)
{
	struct config_item *united;
	struct seen seen;
	size_t kept = 0;

	*given = false;
	*items = NULL;
	*count = 0;
	*written = 0;
	for (size_t i = 0; i < config->count; i++) {
		*given |= config->parts[i].values[key].present;
		*written += config->parts[i].values[key].list.count;
	}
	if (*written == 0)
		return 0;
	united = malloc(*written * sizeof(*united));
	if (!united)
		return -ENOMEM;
	if (seen_init(&seen, *written) < 0) {
		free(united);
		return -ENOMEM;
	}
	for (size_t i = 0; i < config->count; i++) {
		const struct config_value *value = &config->parts[i].values[key];

		for (size_t j = 0; j < value->list.count; j++) {
			united[kept] = value->list.items[j];
			kept += seen_add(&seen, united, (uint32_t)kept);
		}
	}
	free(seen.slots);
	*items = united;
	*count = kept;
	return 0;
}
