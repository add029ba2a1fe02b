/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of chains that leads pods, by their addresses, to the chains of their networks. */
#ifndef LIBIPMASQ_LAYOUT_PODS_H
#define LIBIPMASQ_LAYOUT_PODS_H

#include "rules/ruleset.h"

/* A source that leads to a chain, by a rule that may have a label. */
struct pod_source {
	struct prefix prefix;
	uint32_t chain;
	/* RULE_NO_ENTRY: none. */
	uint32_t label;
};

/*
 * Adds the tree, of SOURCE_LEVELS_MAX chains on a way at most, to a ruleset whose first chain is
 * empty and the root of it. What is no source returns. @sources are addresses, in ascending order.
 * @seen is what was read, or empty: chains that it has stay, where it makes sense, so that few
 * rules change. What is made, read as @seen, makes the same. -ENOMEM.
 */
int layout_pods(struct ipmasq_ruleset *ruleset, const struct pod_source *sources, size_t count,
		const struct ipmasq_ruleset *seen);

#endif
