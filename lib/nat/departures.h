/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks through the rules with all packets that a policy speaks of at once, and records what the
 * policy does not want. For each single packet it finds what nat_walk() finds.
 */
#ifndef LIBIPMASQ_NAT_DEPARTURES_H
#define LIBIPMASQ_NAT_DEPARTURES_H

#include "nat/departure.h"

/* -ENOMEM. The result is to be released also on failure. */
int departures_find(struct departures *found, const struct ipmasq_nat *nat,
		    const struct ipmasq_policy *policy, enum ipmasq_family family);
void departures_release(struct departures *found);

#endif
