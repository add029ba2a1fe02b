/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks through the rules with all packets that a policy speaks of at once, and records what the
 * policy does not want. For each single packet it finds what nat_walk() finds.
 */
#ifndef LIBIPMASQ_NAT_DEPARTURES_H
#define LIBIPMASQ_NAT_DEPARTURES_H

#include "nat/departure.h"

/* What all walks with the packets of a family share. */
struct ground {
	struct space space;
	/* Those that can rewrite, or prevent it. */
	struct nat_base *bases;
	size_t count;
};

/* -ENOMEM. The result is to be released also on failure. */
int ground_begin(struct ground *ground, const struct ipmasq_nat *nat,
		 const struct ipmasq_policy *policy, enum ipmasq_family family);
void ground_release(struct ground *ground);

/* Whether a base chain is one of several that the kernel asks in an order which is not known. */
bool ground_is_unordered(const struct ground *ground, size_t base);

/* What is taken for granted. */
struct assumption {
	/* The packets carry no mark. */
	bool unmarked;
	/* The kernel asks the base chain of this number before others whose order with it is not
	 * known. Only what that one does matters then: what it lets pass is taken for agreed. */
	bool is_first;
	size_t first;
};

/* @work: how much is done, see classes.h; what is left of it in the end. -ENOMEM. The result is to
 * be released also on failure. */
int departures_find(struct departures *found, struct ground *ground,
		    const struct assumption *assumption, size_t *work);
void departures_release(struct departures *found);

#endif
