/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses that a proof looks at, sources or destinations, cut into cells: within one, no rule
 * tells two addresses apart.
 */
#ifndef LIBIPMASQ_PROOF_AXIS_H
#define LIBIPMASQ_PROOF_AXIS_H

#include "util/prefix.h"
#include "util/sort.h"

struct axis {
	/* The first address of each cell, in ascending order. */
	struct addr *starts;
	size_t count;
	/* The next open cell at or after each; a forest with path halving. */
	uint32_t *next;
	/* Where cells begin, until axis_cut(). */
	struct sort_key *bounds;
	size_t bound_count;
};

/* Makes room for so many prefixes. -ENOMEM; axis_release() is due in any case. */
int axis_init(struct axis *axis, size_t prefixes);

/* No cell shall be partly in the prefix. */
static inline void axis_add(struct axis *axis, const struct prefix *prefix)
{
	if (prefix->len == 0)
		return;
	axis->bounds[axis->bound_count++].addr = prefix->addr;
	axis->bounds[axis->bound_count++].addr = addr_next(prefix_last(prefix));
}

/* Makes the cells, all of them open. -ENOMEM; -EDOM: the bounds could not be put in order. */
int axis_cut(struct axis *axis);

/* Opens all cells. */
void axis_open(struct axis *axis);

/* Narrows cells @low up to, but not including, @high to those in the prefix, which was added. */
void axis_narrow(const struct axis *axis, const struct prefix *prefix, uint32_t *low,
		 uint32_t *high);

/* Takes the next open cell from @low on, closes it, and moves @low to it. False: none is open
 * before
 * @high. */
bool axis_take(struct axis *axis, uint32_t *low, uint32_t high);

/* Whether a cell from @low up to, but not including, @high is open. */
bool axis_has_open(struct axis *axis, uint32_t low, uint32_t high);

void axis_release(struct axis *axis);

#endif
