/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of addresses as sorted, disjoint ranges. */
#include "util/ranges.h"

#include <stdlib.h>

#include "util/common.h"

int ranges_add_range(struct ranges *set, struct addr first, struct addr last)
{
	int r = array_grow(&set->ranges, &set->capacity, set->count, sizeof(*set->ranges));

	if (r == 0)
		set->ranges[set->count++] = (struct range){ first, last };
	return r;
}

int ranges_add(struct ranges *set, const struct prefix *prefix)
{
	return ranges_add_range(set, prefix->addr, prefix_last(prefix));
}

static int compare_ranges(const void *a, const void *b)
{
	const struct range *left = a;
	const struct range *right = b;

	return addr_compare(left->first, right->first);
}

static bool is_end(struct addr address)
{
	return address.hi == UINT64_MAX && address.lo == UINT64_MAX;
}

void ranges_unite(struct ranges *set)
{
	size_t kept = 0;

	if (set->count == 0)
		return;
	array_sort(set->ranges, set->count, sizeof(*set->ranges), compare_ranges);
	for (size_t i = 1; i < set->count; i++) {
		struct range *top = &set->ranges[kept];
		const struct range *range = &set->ranges[i];

		if (!is_end(top->last) && addr_compare(range->first, addr_next(top->last)) > 0)
			set->ranges[++kept] = *range;
		else if (addr_compare(range->last, top->last) > 0)
			top->last = range->last;
	}
	set->count = kept + 1;
}

bool ranges_first_outside(const struct ranges *set, const struct ranges *other,
			  struct addr *address)
{
	size_t at = 0;

	for (size_t i = 0; i < set->count; i++) {
		struct addr first = set->ranges[i].first;

		while (at < other->count && addr_compare(other->ranges[at].last, first) < 0)
			at++;
		/* United ranges have gaps between them, so only one of them can cover it all. */
		if (at == other->count || addr_compare(other->ranges[at].first, first) > 0) {
			*address = first;
			return true;
		}
		if (addr_compare(other->ranges[at].last, set->ranges[i].last) < 0) {
			*address = addr_next(other->ranges[at].last);
			return true;
		}
	}
	return false;
}

static int split_range(enum ipmasq_family family, struct addr first, struct addr last,
		       struct prefixes *prefixes)
{
	struct prefix_split split = { .family = family, .first = first, .last = last };
	struct prefix prefix;

	while (prefix_split_next(&split, &prefix)) {
		int r = array_grow(&prefixes->prefixes, &prefixes->capacity, prefixes->count,
				   sizeof(prefix));

		if (r < 0)
			return r;
		prefixes->prefixes[prefixes->count++] = prefix;
	}
	return 0;
}

int ranges_split_outside(const struct ranges *set, enum ipmasq_family family,
			 struct prefixes *prefixes)
{
	struct addr next = { 0, 0 };
	int r = 0;

	for (size_t i = 0; i < set->count && r == 0; i++) {
		const struct range *range = &set->ranges[i];

		if (addr_compare(next, range->first) < 0)
			r = split_range(family, next, addr_previous(range->first), prefixes);
		if (is_end(range->last))
			return r;
		next = addr_next(range->last);
	}
	if (r == 0)
		r = split_range(family, next, (struct addr){ UINT64_MAX, UINT64_MAX }, prefixes);
	return r;
}

bool ranges_cover_all(const struct ranges *set)
{
	return set->count == 1 && set->ranges[0].first.hi == 0 && set->ranges[0].first.lo == 0 &&
	       is_end(set->ranges[0].last);
}

void ranges_release(struct ranges *set)
{
	free(set->ranges);
}
