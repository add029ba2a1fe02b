/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of a walk while it is made: its outcomes, and what must hold for each. */
#ifndef LIBIPMASQ_NAT_WAY_MAKER_H
#define LIBIPMASQ_NAT_WAY_MAKER_H

#include "nat/way.h"

/* One thing that must hold, in front of it in the list those before. Lists share their heads. */
struct literal {
	const struct literal *before;
	size_t depth;
	/* The rule matches, or does not; NULL: `text` says what must hold. */
	const struct nat_rule *rule;
	bool matches;
	const char *text;
};

/* An outcome whose conditions are not yet texts. */
struct finding {
	struct nat_outcome outcome;
	const struct literal *conditions;
};

struct way_maker {
	const struct nat_packet *packet;
	/* Owns the literals, and the texts of the answer. */
	struct nat_model *memory;
	struct finding *findings;
	size_t count;
	size_t capacity;
	struct nat_step *steps;
	size_t step_count;
	size_t step_capacity;
	/* No more is added. */
	bool cut_short;
};

/* -ENOMEM. */
int way_begin(struct way_maker *maker, const struct nat_packet *packet);
void way_release(struct way_maker *maker);

/* Appends to a list. -ENOMEM. */
int way_match(struct way_maker *maker, const struct literal **list, const struct nat_rule *rule,
	      bool matches);
int way_demand(struct way_maker *maker, const struct literal **list, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* What two lists have in common. */
const struct literal *way_common(const struct literal *a, const struct literal *b);

/* Adds the outcome of a rule, or of the policy of a base chain. -ENOMEM. */
int way_add(struct way_maker *maker, enum nat_verdict verdict, const struct nat_at *at,
	    const struct literal *conditions);
int way_step(struct way_maker *maker, const struct nat_at *at, enum nat_match match);

/* Makes the answer of it, and empties the maker. -ENOMEM. */
int way_finish(struct way_maker *maker, struct nat_way **way);

#endif
