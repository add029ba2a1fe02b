/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of addresses as sorted, disjoint ranges. */
#ifndef LIBIPMASQ_RANGES_H
#define LIBIPMASQ_RANGES_H

#include "util/prefix.h"

struct range {
	struct addr first;
	struct addr last;
};

struct ranges {
	struct range *ranges;
	size_t count;
	size_t capacity;
};

/* -ENOMEM. */
int ranges_add(struct ranges *set, const struct prefix *prefix);
/* @last has ones in the bits that IPv4 does not have, as prefix_last() has it. */
int ranges_add_range(struct ranges *set, struct addr first, struct addr last);

/* Sorts and merges what was added. The functions below need it. */
void ranges_unite(struct ranges *set);

/* Whether some address of @set is not in @other; if so, @address becomes the first. */
bool ranges_first_outside(const struct ranges *set, const struct ranges *other,
			  struct addr *address);

/* A list of prefixes, to be freed. */
struct prefixes {
	struct prefix *prefixes;
	size_t count;
	size_t capacity;
};

/* Adds the addresses of the family that are not in @set, as the fewest prefixes, in ascending
 * order. -ENOMEM. */
int ranges_split_outside(const struct ranges *set, enum ipmasq_family family,
			 struct prefixes *prefixes);
bool ranges_cover_all(const struct ranges *set);
void ranges_release(struct ranges *set);

#endif
