/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of a large policy: a tree of chains, in which a new flow meets few rules. */
#ifndef LIBIPMASQ_LAYOUT_TREE_H
#define LIBIPMASQ_LAYOUT_TREE_H

#include "rules/ruleset.h"

/*
 * How many chains a path through a tree may have. nft allows 16 from the hook on, and a goto
 * counts: one is POSTROUTING, and one is left to spare.
 */
#define TREE_LEVELS_MAX 14

/* How many of them the tree of sources may have: enough for more than a thousand. */
#define SOURCE_LEVELS_MAX 5

struct tree_shape {
	/* A sub-chain takes about this share of a chain's prefixes: one in fan_out. */
	size_t fan_out;
	/* How many prefixes a chain may hold before it is divided. */
	size_t leaf;
};

/* The shape for so many prefixes. */
struct tree_shape tree_shape_for(size_t prefixes);

/*
 * Fills an empty ruleset whose `policy` is set with sub-chains by goto, from the smallest set of
 * prefixes that says the same as the policy; named after ruleset->generation, so that two
 * generations can stand side by side. Sub-chains come after the chain that leads to them, except
 * that of --to-ports, which is the first. -ENOMEM.
 */
int layout_tree(struct ipmasq_ruleset *ruleset);

#endif
