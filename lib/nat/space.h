/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All packets of a family at once: sources and destinations, each cut into atoms of which no rule
 * and no entry of the policy tells two addresses apart.
 */
#ifndef LIBIPMASQ_NAT_SPACE_H
#define LIBIPMASQ_NAT_SPACE_H

#include "nat/atoms.h"
#include "nat/view.h"
#include "policy/policy.h"

struct space {
	const struct ipmasq_nat *nat;
	enum ipmasq_family family;
	struct atoms sources;
	struct atoms destinations;
	/* Where the node's routes or the kind of address change; starts of atoms. */
	struct spans source_places;
	struct spans destination_places;
	/* The sources whose destinations decide, and those that are never rewritten. The policy
	 * does not speak of others. */
	struct spans common;
	struct spans excluded;
	/* The destinations that are masqueraded for the former. */
	struct spans masqueraded;
	/* Those that are addresses of the node: what goes there is not forwarded. */
	struct spans own;
	/* A rule asks for a mark. */
	bool has_marks;
	/* The packets that are asked about carry none. May be changed at any time. */
	bool unmarked;
};

/* Atoms for which something holds, and those for which it does or may. */
struct extent {
	struct spans certain;
	struct spans possible;
};

/* Whether a rule matches: for each source and destination, and as far as others tell. */
struct reach {
	struct extent sources;
	struct extent destinations;
	enum nat_match others;
};

/* Cuts the space for the rules of the given base chains and what they lead to. -ENOMEM. */
int space_begin(struct space *space, const struct ipmasq_nat *nat,
		const struct ipmasq_policy *policy, enum ipmasq_family family,
		const struct nat_base *bases, size_t count);
void space_release(struct space *space);

/* Fills @reach, which is to be released also on failure. -ENOMEM. */
int space_reach(const struct space *space, const struct nat_rule *rule, struct reach *reach);
void reach_release(struct reach *reach);

#endif
