/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table of chain numbers, by name. */
#include "rules/chain_index.h"

#include <stdlib.h>
#include <string.h>

#include "rules/chain_name.h"
#include "util/hash.h"

static size_t name_hash(const char *name)
{
	return hash_fold(hash_text(HASH_START, name));
}

/* The slot that has the chain, or the free one where it belongs. */
static uint32_t *find_slot(const struct chain_index *index, const struct ipmasq_ruleset *ruleset,
			   const char *name)
{
	size_t hash = name_hash(name);

	for (size_t probe = 0;; probe++) {
		uint32_t *slot = slots_probe(&index->slots, hash, probe);

		if (*slot == SLOT_FREE || strcmp(ruleset->chains[*slot].name, name) == 0)
			return slot;
	}
}

int chain_index_update(struct chain_index *index, const struct ipmasq_ruleset *ruleset)
{
	if (!slots_suffice(&index->slots, ruleset->count)) {
		int r = slots_reset(&index->slots, ruleset->count);

		if (r < 0)
			return r;
		index->count = 0;
	}
	for (; index->count < ruleset->count; index->count++) {
		uint32_t *slot = find_slot(index, ruleset, ruleset->chains[index->count].name);

		if (*slot == SLOT_FREE)
			*slot = (uint32_t)index->count;
	}
	return 0;
}

uint32_t chain_index_find(const struct chain_index *index, const struct ipmasq_ruleset *ruleset,
			  const char *name)
{
	return index->count > 0 ? *find_slot(index, ruleset, name) : CHAIN_NONE;
}

void chain_index_release(struct chain_index *index)
{
	slots_release(&index->slots);
	index->count = 0;
}

int chain_add_region(struct ipmasq_ruleset *ruleset, struct chain_index *index, const char *prefix,
		     bool by_source, const struct prefix *region, uint32_t *chain)
{
	char name[CHAIN_NAME_MAX + 1];
	uint64_t salt = 0;
	int r;

	do
		chain_region_name(prefix, ruleset->generation, by_source, region, salt++, name);
	while (chain_index_find(index, ruleset, name) != CHAIN_NONE);
	r = ruleset_add_chain(ruleset, name, strlen(name), chain);
	return r < 0 ? r : chain_index_update(index, ruleset);
}

static int add_absent(struct ipmasq_ruleset *ruleset, const struct ipmasq_ruleset *model,
		      struct chain_index *index)
{
	int r = chain_index_update(index, ruleset);

	for (size_t i = 0; i < model->count && r == 0; i++) {
		const char *name = model->chains[i].name;
		uint32_t chain;

		if (chain_index_find(index, ruleset, name) != CHAIN_NONE)
			continue;
		r = ruleset_add_chain(ruleset, name, strlen(name), &chain);
		if (r == 0)
			ruleset->chains[chain].absent = true;
	}
	return r < 0 ? r : chain_index_update(index, ruleset);
}

/* places[i]: where chain i of @ruleset goes. */
static void find_places(const struct ipmasq_ruleset *ruleset, const struct ipmasq_ruleset *model,
			const struct chain_index *index, uint32_t *places)
{
	uint32_t next = (uint32_t)model->count;

	for (size_t i = 0; i < ruleset->count; i++)
		places[i] = CHAIN_NONE;
	for (size_t i = 0; i < model->count; i++)
		places[chain_index_find(index, ruleset, model->chains[i].name)] = (uint32_t)i;
	for (size_t i = 0; i < ruleset->count; i++)
		if (places[i] == CHAIN_NONE)
			places[i] = next++;
}

static void move_chains(struct ipmasq_ruleset *ruleset, struct chain *moved, const uint32_t *places)
{
	for (size_t i = 0; i < ruleset->count; i++) {
		struct chain *chain = &ruleset->chains[i];

		for (size_t j = 0; j < chain->count; j++)
			if (chain->rules[j].target == TARGET_GOTO)
				chain->rules[j].chain = places[chain->rules[j].chain];
		moved[places[i]] = *chain;
	}
}

int chains_align(struct ipmasq_ruleset *ruleset, const struct ipmasq_ruleset *model)
{
	struct chain_index index = { 0 };
	struct chain *moved = NULL;
	uint32_t *places = NULL;
	int r = add_absent(ruleset, model, &index);

	if (r == 0) {
		moved = malloc((ruleset->count + 1) * sizeof(*moved));
		places = malloc((ruleset->count + 1) * sizeof(*places));
		r = moved && places ? 0 : -ENOMEM;
	}
	if (r == 0) {
		find_places(ruleset, model, &index, places);
		move_chains(ruleset, moved, places);
		free(ruleset->chains);
		ruleset->chains = moved;
		ruleset->capacity = ruleset->count + 1;
		moved = NULL;
	}
	chain_index_release(&index);
	free(moved);
	free(places);
	return r;
}
