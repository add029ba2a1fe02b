/* SPDX-License-Identifier: Apache-2.0 */
/* Which chain of a ruleset has this name? In time that does not depend on their number. */
#ifndef LIBIPMASQ_CHAIN_INDEX_H
#define LIBIPMASQ_CHAIN_INDEX_H

#include "rules/ruleset.h"

#define CHAIN_NONE UINT32_MAX

struct chain_index {
	uint32_t *slots; /* chain numbers, or CHAIN_NONE */
	size_t size;
	size_t count; /* the first so many chains of the ruleset are in */
};

/* Takes in the chains that were added to the ruleset since the last call. -ENOMEM. */
int chain_index_update(struct chain_index *index, const struct ipmasq_ruleset *ruleset);

/* The number of the chain, or CHAIN_NONE. */
uint32_t chain_index_find(const struct chain_index *index, const struct ipmasq_ruleset *ruleset,
			  const char *name);
void chain_index_release(struct chain_index *index);

/*
 * Gives the chains of @ruleset the numbers of those of @model that have the same names; those that
 * @model does not have come after, and for those that @ruleset does not have an absent one is put
 * in. Kernels list chains in orders of their own. -ENOMEM.
 */
int chains_align(struct ipmasq_ruleset *ruleset, const struct ipmasq_ruleset *model);

#endif
