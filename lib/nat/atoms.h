/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An address space cut into atoms: pieces of which each set that is asked about has all addresses
 * or none. Sets of atoms are spans of their numbers, sorted and disjoint.
 */
#ifndef LIBIPMASQ_NAT_ATOMS_H
#define LIBIPMASQ_NAT_ATOMS_H

#include "util/ranges.h"

/* From atom `first` up to the one before `end`. */
struct span {
	uint32_t first;
	uint32_t end;
};

struct spans {
	struct span *list;
	size_t count;
	size_t capacity;
};

struct atoms {
	/* Atom i is starts[i] up to the address before starts[i + 1]. The first starts at 0. */
	struct addr *starts;
	size_t count;
	size_t capacity;
};

/* Cuts before @first and after @last. -ENOMEM. */
int atoms_cut(struct atoms *axis, struct addr first, struct addr last);
/* To be called once after the last cut. -ENOMEM. */
int atoms_settle(struct atoms *axis);
void atoms_release(struct atoms *axis);

/* The atom that an address is in. */
uint32_t atoms_find(const struct atoms *axis, struct addr address);
/* The last address of an atom. */
struct addr atoms_last(const struct atoms *axis, uint32_t atom);

/* Adds a span after the last one, or lengthens that. -ENOMEM. */
int spans_add(struct spans *spans, uint32_t first, uint32_t end);
/* The atoms of a set whose ranges were cut; @spans must be empty. -ENOMEM. */
int spans_of_ranges(const struct atoms *axis, const struct ranges *ranges, struct spans *spans);
/* Those that are in both, in @result, which must be empty. -ENOMEM. */
int spans_both(const struct spans *a, const struct spans *b, struct spans *result);
/* Those of @a, or of the first @end atoms where @a is NULL, that are not in @b, in @result, which
 * must be empty. -ENOMEM. */
int spans_without(const struct spans *a, const struct spans *b, uint32_t end, struct spans *result);
void spans_release(struct spans *spans);

#endif
