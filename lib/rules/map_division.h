/* SPDX-License-Identifier: Apache-2.0 */
/* A map as a plan wants it: its elements, what lies inside them, and what is left. */
#ifndef LIBIPMASQ_MAP_DIVISION_H
#define LIBIPMASQ_MAP_DIVISION_H

#include "rules/map_plan.h"
#include "rules/ruleset.h"

/* A part of the prefixes that is to become a chain, or the rest of one. */
struct map_stock {
	struct minimal_prefix *prefixes;
	size_t count;
	/* Of the destination, or the source: how many first bits all packets that arrive share. */
	unsigned int settled;
	/* The verdict where no prefix decides. */
	enum ipmasq_verdict verdict;
	/* How many more maps there may be on a path. */
	unsigned int maps;
	/* How many rules a packet has met since the last map. */
	size_t ahead;
};

/* An element of a map, with the longer prefixes inside it. */
struct map_element {
	struct prefix prefix;
	/* Of the element where it is a prefix of the set, else RULE_NO_ENTRY. */
	uint32_t entry;
	/* That holds around the longer ones. */
	uint8_t verdict;
	/* A run of the prefixes that were taken out. */
	size_t begin;
	size_t count;
	/* Where these go; 0: not settled. */
	uint32_t chain;
	/* In maps, together with those of others. */
	bool grouped;
};

struct map_division {
	struct map_element *elements;
	size_t count;
	/* The prefixes that are longer than the element that has them. */
	struct minimal_prefix *inside;
	size_t inside_count;
};

/*
 * Takes the elements of a map, and the prefixes inside them, out of a stock, which keeps the others
 * in order. @division is to be released also on -ENOMEM.
 */
int map_divide(struct map_stock *stock, const struct map_plan *plan, struct map_division *division);
void map_division_release(struct map_division *division);

/* A single element is cheaper as a rule. */
static inline bool map_division_is_map(const struct map_division *division)
{
	return division->count > 1;
}

#endif
