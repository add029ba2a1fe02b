/* SPDX-License-Identifier: Apache-2.0 */
/* How a chain of many prefixes is best divided: which verdict map to put first, by cost. */
#ifndef LIBIPMASQ_MAP_PLAN_H
#define LIBIPMASQ_MAP_PLAN_H

#include "rules/minimise.h"

/* How many maps a packet may meet. Of IPv6, one more where these cannot do (map_plan_choose()). */
#define MAPS_MAX 4
/* How many rules a packet may meet behind the maps, and where there is no map left. */
#define MAP_LEAF      8
#define MAP_LAST_LEAF 16

/* The prefixes of a chain, in the order of a minimal set. */
struct map_part {
	const struct minimal_prefix *prefixes;
	size_t count;
	/* All packets that arrive have the same first bits: how many. */
	unsigned int settled;
	/* A chain needs a rule at its end. */
	bool ends;
};

/* The map for a part. */
struct map_plan {
	/* The length of its elements. */
	unsigned int bits;
	/*
	 * The elements are the prefixes of that length, and lead to those inside them. Else also
	 * the regions of that length that have longer prefixes inside.
	 */
	bool exact;
	/* An estimate. */
	double cost;
};

/*
 * Chooses the map that makes a new flow and the rules cheapest, among those after which @maps - 1
 * more maps on a path leave at most MAP_LAST_LEAF rules.
 *
 * Returns whether there is such a map. There always is one for IPv4 with MAPS_MAX, for IPv6 with
 * one more, and for what a map that was chosen leaves with one less. Else the plan is the map after
 * which least is left. @part has prefixes longer than its settled bits, and @maps is not 0.
 */
bool map_plan_choose(const struct map_part *part, unsigned int maps, struct map_plan *plan);

/*
 * Finds the ranges that have all prefixes of a part, if these are few and small, so that it is
 * cheaper to ask for them before any map: at most MAP_FRONTS, disjoint, in ascending order. Returns
 * how many; 0: there are none.
 */
#define MAP_FRONTS 3
size_t map_fronts(const struct map_part *part, struct prefix fronts[MAP_FRONTS]);

#endif
