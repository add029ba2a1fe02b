/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts an address space into atoms, and calculates with sets of them. */
#include "nat/atoms.h"

#include <stdlib.h>
#include <string.h>

static int add_start(struct atoms *axis, struct addr start)
{
	int r;

	/* What follows on what was cut last. */
	if (axis->count > 0 && addr_equal(axis->starts[axis->count - 1], start))
		return 0;
	r = array_grow(&axis->starts, &axis->capacity, axis->count, sizeof(start));

	if (r == 0)
		axis->starts[axis->count++] = start;
	return r;
}

int atoms_cut(struct atoms *axis, struct addr first, struct addr last)
{
	struct addr after = addr_next(last);
	int r = 0;

	if (first.hi != 0 || first.lo != 0)
		r = add_start(axis, first);
	/* After the last address of all comes none. */
	if (r == 0 && (after.hi != 0 || after.lo != 0))
		r = add_start(axis, after);
	return r;
}

static int compare_starts(const void *left, const void *right)
{
	return addr_compare(*(const struct addr *)left, *(const struct addr *)right);
}

/* Sorts what stands behind an ascending part, and merges the two. A partition alone is in order,
 * and rules of others add little to it. */
static int sort_starts(struct atoms *axis)
{
	struct addr *starts = axis->starts;
	size_t to = axis->count;
	size_t left = 1;
	struct addr *tail;
	size_t count;

	while (left < axis->count && addr_compare(starts[left - 1], starts[left]) <= 0)
		left++;
	count = axis->count - left;
	if (count == 0)
		return 0;
	tail = malloc(count * sizeof(*tail));
	if (!tail)
		return -ENOMEM;
	memcpy(tail, starts + left, count * sizeof(*tail));
	qsort(tail, count, sizeof(*tail), compare_starts);
	while (count > 0) {
		bool is_left = left > 0 && addr_compare(starts[left - 1], tail[count - 1]) > 0;

		starts[--to] = is_left ? starts[--left] : tail[--count];
	}
	free(tail);
	return 0;
}

int atoms_settle(struct atoms *axis)
{
	size_t kept = 0;
	int r = add_start(axis, (struct addr){ 0, 0 });

	if (r == 0)
		r = sort_starts(axis);
	if (r < 0)
		return r;
	for (size_t i = 1; i < axis->count; i++) {
		if (!addr_equal(axis->starts[i], axis->starts[kept]))
			axis->starts[++kept] = axis->starts[i];
	}
	axis->count = kept + 1;
	return 0;
}

void atoms_release(struct atoms *axis)
{
	free(axis->starts);
}

uint32_t atoms_find(const struct atoms *axis, struct addr address)
{
	size_t low = 0;
	size_t high = axis->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (addr_compare(axis->starts[middle], address) <= 0)
			low = middle;
		else
			high = middle;
	}
	return (uint32_t)low;
}

struct addr atoms_last(const struct atoms *axis, uint32_t atom)
{
	if (atom + 1 == axis->count)
		return (struct addr){ UINT64_MAX, UINT64_MAX };
	return addr_previous(axis->starts[atom + 1]);
}

int spans_add(struct spans *spans, uint32_t first, uint32_t end)
{
	int r;

	if (spans->count > 0 && spans->list[spans->count - 1].end == first) {
		spans->list[spans->count - 1].end = end;
		return 0;
	}
	r = array_grow(&spans->list, &spans->capacity, spans->count, sizeof(*spans->list));
	if (r == 0)
		spans->list[spans->count++] = (struct span){ first, end };
	return r;
}

int spans_of_ranges(const struct atoms *axis, const struct ranges *ranges, struct spans *spans)
{
	int r = 0;

	for (size_t i = 0; i < ranges->count && r == 0; i++)
		r = spans_add(spans, atoms_find(axis, ranges->ranges[i].first),
			      atoms_find(axis, ranges->ranges[i].last) + 1);
	return r;
}

/* The number of the first span that ends after @atom. */
static size_t first_after(const struct spans *spans, uint32_t atom)
{
	size_t low = 0;
	size_t high = spans->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (spans->list[middle].end <= atom)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int spans_both(const struct spans *a, const struct spans *b, struct spans *result)
{
	size_t i = b->count ? first_after(a, b->list[0].first) : 0;
	size_t j = a->count ? first_after(b, a->list[0].first) : 0;
	int r = 0;

	while (i < a->count && j < b->count && r == 0) {
		const struct span *x = &a->list[i];
		const struct span *y = &b->list[j];
		uint32_t first = x->first > y->first ? x->first : y->first;
		uint32_t end = x->end < y->end ? x->end : y->end;

		if (first < end)
			r = spans_add(result, first, end);
		if (x->end < y->end)
			i++;
		else
			j++;
	}
	return r;
}

/* Adds the parts of a span that are not in @b, in which *@at is the first that may matter. */
static int add_rest(const struct span *span, const struct spans *b, size_t *at,
		    struct spans *result)
{
	uint32_t next = span->first;
	int r = 0;

	while (*at < b->count && b->list[*at].end <= next)
		(*at)++;
	for (size_t j = *at; j < b->count && b->list[j].first < span->end && r == 0; j++) {
		if (next < b->list[j].first)
			r = spans_add(result, next, b->list[j].first);
		next = b->list[j].end;
	}
	if (r == 0 && next < span->end)
		r = spans_add(result, next, span->end);
	return r;
}

int spans_without(const struct spans *a, const struct spans *b, uint32_t end, struct spans *result)
{
	const struct span all = { 0, end };
	size_t at = 0;
	int r = 0;

	if (!a)
		return end > 0 ? add_rest(&all, b, &at, result) : 0;
	for (size_t i = 0; i < a->count && r == 0; i++)
		r = add_rest(&a->list[i], b, &at, result);
	return r;
}

void spans_release(struct spans *spans)
{
	free(spans->list);
}
