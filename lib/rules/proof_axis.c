/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses that a proof looks at, cut into cells. */
#include "rules/proof_axis.h"

#include <stdlib.h>

int axis_init(struct axis *axis, size_t prefixes)
{
	*axis = (struct axis){ .bounds = calloc(2 * prefixes + 1, sizeof(*axis->bounds)) };
	/* The first bound is zero, where the space begins. */
	axis->bound_count = 1;
	return axis->bounds ? 0 : -ENOMEM;
}

static int fill_cells(struct axis *axis)
{
	for (size_t i = 0; i < axis->bound_count; i++) {
		int order = i ? addr_compare(axis->bounds[i - 1].addr, axis->bounds[i].addr) : -1;

		/* The proof shares the sorting with others, and so checks its result. */
		if (order > 0)
			return -EDOM;
		if (order < 0)
			axis->starts[axis->count++] = axis->bounds[i].addr;
	}
	return 0;
}

int axis_cut(struct axis *axis)
{
	int r = sort_keys(axis->bounds, axis->bound_count);

	if (r < 0)
		return r;
	axis->starts = malloc(axis->bound_count * sizeof(*axis->starts));
	axis->next = malloc((axis->bound_count + 1) * sizeof(*axis->next));
	if (!axis->starts || !axis->next)
		return -ENOMEM;
	r = fill_cells(axis);
	free(axis->bounds);
	axis->bounds = NULL;
	axis_open(axis);
	return r;
}

void axis_open(struct axis *axis)
{
	for (uint32_t i = 0; i <= axis->count; i++)
		axis->next[i] = i;
}

/* The number of the cell from @low to @high that begins there; @high if none does. */
static uint32_t cell_between(const struct axis *axis, struct addr start, size_t low, size_t high)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (addr_compare(axis->starts[middle], start) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

/* The same, for what is mostly near @low: the steps begin small. */
static uint32_t cell_after(const struct axis *axis, struct addr start, size_t low, size_t high)
{
	size_t step = 1;

	while (low + step < high && addr_compare(axis->starts[low + step], start) < 0) {
		low += step;
		step *= 2;
	}
	return cell_between(axis, start, low, low + step < high ? low + step : high);
}

void axis_narrow(const struct axis *axis, const struct prefix *prefix, uint32_t *low,
		 uint32_t *high)
{
	struct addr after = addr_next(prefix_last(prefix));
	bool to_the_end = after.hi == 0 && after.lo == 0;

	if (*low >= *high)
		return;
	*low = cell_after(axis, prefix->addr, *low, *high);
	if (!to_the_end && *low < *high)
		*high = cell_after(axis, after, *low, *high);
}

static uint32_t first_open(struct axis *axis, uint32_t cell)
{
	while (axis->next[cell] != cell) {
		axis->next[cell] = axis->next[axis->next[cell]];
		cell = axis->next[cell];
	}
	return cell;
}

bool axis_take(struct axis *axis, uint32_t *low, uint32_t high)
{
	uint32_t cell = first_open(axis, *low);

	if (cell >= high)
		return false;
	axis->next[cell] = cell + 1;
	*low = cell;
	return true;
}

bool axis_has_open(struct axis *axis, uint32_t low, uint32_t high)
{
	return first_open(axis, low) < high;
}

void axis_release(struct axis *axis)
{
	free(axis->starts);
	free(axis->next);
	free(axis->bounds);
}
