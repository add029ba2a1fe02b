/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of a walk: what becomes of a packet's source, by which rules. */
#ifndef LIBIPMASQ_NAT_WAY_H
#define LIBIPMASQ_NAT_WAY_H

#include "nat/match.h"

/* A rule with its place in a model. */
struct nat_at {
	/* NULL: nothing. */
	const struct nat_table *table;
	uint32_t chain;
	/* NULL: the policy of a base chain. */
	const struct nat_rule *rule;
};

/* A rule that was asked, in the order of the walk. */
struct nat_step {
	struct nat_at at;
	enum nat_match match;
};

struct nat_outcome {
	/* NAT_RETURN: no rule rewrites the source. NAT_MASQUERADE, NAT_SNAT (NETMAP is one, with
	 * its address), NAT_UNKNOWN; NAT_DROP: it never leaves. */
	enum nat_verdict verdict;
	bool to_known;
	struct addr to;
	/* What must hold for it, each a text that belongs to the answer or the model. None: it
	 * always comes about. */
	const char **conditions;
	size_t condition_count;
	/* What decided; `at.table` NULL: nothing did. */
	struct nat_at at;
};

struct nat_way {
	struct nat_outcome *outcomes;
	size_t outcome_count;
	/* Those that match or may match. */
	struct nat_step *steps;
	size_t step_count;
	/* The walk gave up: there are more outcomes than it follows. The last is NAT_UNKNOWN. */
	bool cut_short;
};

void nat_way_free(struct nat_way *way);

#endif
