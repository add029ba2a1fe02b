/* SPDX-License-Identifier: Apache-2.0 */
/* The ways to lay a policy out in chains. Each fills an empty ruleset whose `policy` is set. */
#ifndef LIBIPMASQ_LAYOUT_H
#define LIBIPMASQ_LAYOUT_H

#include "rules/ruleset.h"

/* One rule an entry, in decision order, in one chain. -ENOMEM. */
int layout_linear(struct ipmasq_ruleset *ruleset);

/*
 * How many chains a path through a tree may have. nft allows 16 from the hook on, and a goto
 * counts: one is POSTROUTING, and one is left to spare.
 */
#define TREE_LEVELS_MAX 14

struct tree_shape {
	size_t fan_out; /* a region is to hold one in so many of a chain's prefixes */
	size_t leaf; /* so many prefixes are written out in a chain */
};

/* The shape for so many prefixes. */
struct tree_shape tree_shape_for(size_t prefixes);

/*
 * Sub-chains by goto, from the smallest set of prefixes that says the same as the policy; named
 * after ruleset->generation, so that two generations can stand side by side. Sub-chains come after
 * the chain that leads to them, except that of --to-ports, which is the first. -ENOMEM.
 */
int layout_tree(struct ipmasq_ruleset *ruleset);

#endif
