/* SPDX-License-Identifier: Apache-2.0 */
/* An index of the chains of a ruleset by name, for a search in constant time. */
#ifndef LIBIPMASQ_CHAIN_INDEX_H
#define LIBIPMASQ_CHAIN_INDEX_H

#include "rules/ruleset.h"
#include "util/slots.h"

#define CHAIN_NONE SLOT_FREE

struct chain_index {
	/* The numbers of the chains. */
	struct slots slots;
	/* How many chains of the ruleset, from the first on, are in the index. */
	size_t count;
};

/* Adds the chains that the ruleset got since the last call. -ENOMEM. */
int chain_index_update(struct chain_index *index, const struct ipmasq_ruleset *ruleset);

/* The number of the chain, or CHAIN_NONE. */
uint32_t chain_index_find(const struct chain_index *index, const struct ipmasq_ruleset *ruleset,
			  const char *name);
void chain_index_release(struct chain_index *index);

/*
 * Adds the sub-chain for a region of a tree, which is one of sources or of destinations, under a
 * name that no chain has yet, to the ruleset and to its index. @prefix is that of chain_prefix().
 * -ENOMEM.
 */
int chain_add_region(struct ipmasq_ruleset *ruleset, struct chain_index *index, const char *prefix,
		     bool by_source, const struct prefix *region, uint32_t *chain);

/*
 * Puts the chains of @ruleset into the order of @model, by name; kernels list them in orders of
 * their own. Chains that only @model has are added as absent ones; chains that only @ruleset has
 * come after the others. -ENOMEM.
 */
int chains_align(struct ipmasq_ruleset *ruleset, const struct ipmasq_ruleset *model);

#endif
