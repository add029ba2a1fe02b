/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter's table of chains and rules. */
#include "sim/sim_rule.h"

#include <stdlib.h>
#include <string.h>

int sim_find_chain(const struct sim *sim, const char *name)
{
	for (size_t i = 0; i < sim->count; i++)
		if (!strcmp(sim->chains[i].name, name))
			return (int)i;
	return -1;
}

int sim_add_chain(struct sim *sim, const char *name)
{
	struct chain *chains = realloc(sim->chains, (sim->count + 1) * sizeof(*chains));

	if (!chains)
		return -1;
	sim->chains = chains;
	memset(&chains[sim->count], 0, sizeof(*chains));
	memcpy(chains[sim->count].name, name, strlen(name) + 1);
	return (int)sim->count++;
}

int sim_insert_rule(struct chain *chain, size_t at, const struct rule *rule)
{
	if (chain->count == chain->capacity) {
		size_t capacity = chain->capacity ? chain->capacity * 2 : 16;
		struct rule *rules = realloc(chain->rules, capacity * sizeof(*rules));

		if (!rules)
			return -1;
		chain->rules = rules;
		chain->capacity = capacity;
	}
	memmove(&chain->rules[at + 1], &chain->rules[at],
		(chain->count - at) * sizeof(*chain->rules));
	chain->rules[at] = *rule;
	chain->count++;
	return 0;
}

void sim_delete_rule(struct chain *chain, size_t at)
{
	chain->count--;
	memmove(&chain->rules[at], &chain->rules[at + 1],
		(chain->count - at) * sizeof(*chain->rules));
}

static bool same_cidr(const struct cidr *a, const struct cidr *b)
{
	return a->len == b->len && a->negated == b->negated &&
	       !memcmp(a->addr, b->addr, sizeof(a->addr));
}

bool sim_same_rule(const struct rule *a, const struct rule *b)
{
	return same_cidr(&a->src, &b->src) && same_cidr(&a->dst, &b->dst) &&
	       a->has_proto == b->has_proto && a->proto_negated == b->proto_negated &&
	       a->proto == b->proto && a->has_random == b->has_random &&
	       a->probability == b->probability && a->has_type == b->has_type &&
	       a->type_negated == b->type_negated && a->target == b->target &&
	       a->is_goto == b->is_goto && a->chain == b->chain && a->first_port == b->first_port &&
	       a->last_port == b->last_port && a->random_fully == b->random_fully;
}
