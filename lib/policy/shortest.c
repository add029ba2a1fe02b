/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the shortest pair of lists by dynamic programming over the binary tree of prefixes.
 *
 * The runs are split into prefixes that are either to be covered or not, which are the leaves. Of
 * each node two costs are known: that of its addresses if no cover is above it, and that if one is,
 * so that only exceptions are left to write. A node without a cover above it has either what its
 * halves need, or a cover of its own and the exceptions in it. Leaves come in ascending order and
 * are merged with their neighbours on a stack, so no tree is ever in memory.
 */
#include "policy/shortest.h"

#include <stdlib.h>

/* More than any real cost, and small enough to be added up without overflow. */
#define IMPOSSIBLE (SIZE_MAX / 512)

struct node {
	struct prefix prefix;
	/* The number of entries if no cover is above it, and if one is. */
	size_t open_cost;
	size_t covered_cost;
	/* None of its addresses is to be covered, so one exception is enough for all of them. */
	bool is_exception;
	/* How many covers there were before its own. */
	size_t covers_before;
};

struct search {
	const struct shortest_query *query;
	struct prefixes *covers;
	/* No two have the same length, except for a moment. */
	struct node stack[130];
	size_t depth;
};

int prefixes_add(struct prefixes *list, const struct prefix *prefix)
{
	int r = array_grow(&list->prefixes, &list->capacity, list->count, sizeof(*prefix));

	if (r == 0)
		list->prefixes[list->count++] = *prefix;
	return r;
}

void prefixes_release(struct prefixes *list)
{
	free(list->prefixes);
	*list = (struct prefixes){ 0 };
}

void shortest_release(struct shortest *shortest)
{
	prefixes_release(&shortest->covers);
	prefixes_release(&shortest->exceptions);
}

static size_t cost_sum(size_t a, size_t b)
{
	return a + b < IMPOSSIBLE ? a + b : IMPOSSIBLE;
}

/* Whether it has no addresses but those that are IPv4 packets on a node. */
static bool is_mapped(const struct prefix *prefix)
{
	return prefix->family == IPMASQ_IPV6 && prefix->len >= 96 && addr_is_mapped(prefix->addr);
}

/* Leaves come without a gap, so neighbours of one length are halves of one node. */
static bool halves_on_top(const struct search *search)
{
	const struct node *top = &search->stack[search->depth - 1];

	return search->depth > 1 && top[-1].prefix.len == top->prefix.len;
}

/* Merges the two uppermost nodes. -ENOMEM. */
static int merge_halves(struct search *search)
{
	struct node *left = &search->stack[search->depth - 2];
	const struct node *right = &search->stack[search->depth - 1];
	size_t with_cover;

	search->depth--;
	left->prefix.len--;
	left->open_cost = cost_sum(left->open_cost, right->open_cost);
	left->is_exception &= right->is_exception;
	left->covered_cost = left->is_exception ? left->covered_cost
						: cost_sum(left->covered_cost, right->covered_cost);
	with_cover = cost_sum(left->covered_cost, 1);
	if (with_cover >= left->open_cost)
		return 0;
	left->open_cost = with_cover;
	search->covers->count = left->covers_before;
	return prefixes_add(search->covers, &left->prefix);
}

/* -ENOMEM. */
static int add_leaf(struct search *search, const struct prefix *prefix, bool cover, bool covered)
{
	struct node *node = &search->stack[search->depth++];
	size_t exception = search->query->exceptions ? 1 : IMPOSSIBLE;
	int r = 0;

	node->prefix = *prefix;
	node->covers_before = search->covers->count;
	if (is_mapped(prefix)) {
		node->is_exception = true;
		node->covered_cost = 0;
		node->open_cost = 0;
	} else {
		node->is_exception = !cover;
		node->covered_cost = cover ? 0 : exception;
		node->open_cost = covered ? node->covered_cost : cover;
		if (node->open_cost == 1 && cover)
			r = prefixes_add(search->covers, prefix);
	}
	while (r == 0 && halves_on_top(search))
		r = merge_halves(search);
	return r;
}

static int add_range(struct search *search, struct addr first, struct addr last, bool cover,
		     bool covered)
{
	struct prefix_split split = {
		.family = search->query->runs->family,
		.first = first,
		.last = last,
	};
	struct prefix prefix;
	int r = 0;

	while (r == 0 && prefix_split_next(&split, &prefix))
		r = add_leaf(search, &prefix, cover, covered);
	return r;
}

static bool is_after(struct addr a, struct addr b)
{
	return addr_compare(a, b) > 0;
}

/* Adds a run in up to three parts: before, in and after what is covered without an entry. */
static int add_run(struct search *search, struct addr first, struct addr last, bool cover)
{
	const struct prefix *covered = search->query->covered;
	struct addr begin, end;
	int r = 0;

	if (!covered)
		return add_range(search, first, last, cover, false);
	begin = covered->addr;
	end = prefix_last(covered);
	if (is_after(first, end) || is_after(begin, last))
		return add_range(search, first, last, cover, false);
	if (is_after(begin, first))
		r = add_range(search, first, addr_previous(begin), cover, false);
	if (r == 0)
		r = add_range(search, is_after(begin, first) ? begin : first,
			      is_after(last, end) ? end : last, cover, true);
	if (r == 0 && is_after(last, end))
		r = add_range(search, addr_next(end), last, cover, false);
	return r;
}

/* Number of the first run that ends at or after an address. */
static size_t first_run(const struct runs *runs, struct addr address)
{
	size_t low = 0;
	size_t high = runs->count - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (is_after(address, run_last(runs, middle)))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int shortest_list(const struct runs *runs, bool in, const struct prefix *within,
		  struct prefixes *list)
{
	struct addr end = prefix_last(within);
	size_t at = first_run(runs, within->addr);
	struct prefix prefix;
	int r = 0;

	for (; r == 0 && at < runs->count && !is_after(runs->starts[at], end); at++) {
		struct addr last = run_last(runs, at);
		struct prefix_split split = {
			.family = runs->family,
			.first = is_after(within->addr, runs->starts[at]) ? within->addr
									  : runs->starts[at],
			.last = is_after(last, end) ? end : last,
		};

		while (run_in(runs, at) == in && r == 0 && prefix_split_next(&split, &prefix))
			if (!is_mapped(&prefix))
				r = prefixes_add(list, &prefix);
	}
	return r;
}

/* The exceptions that the covers need, and those within what is covered without one. */
static int list_exceptions(const struct shortest_query *query, struct shortest *shortest)
{
	const struct prefix *covered = query->covered;
	bool pending = covered != NULL;
	int r = 0;

	for (size_t i = 0; i < shortest->covers.count && r == 0; i++) {
		const struct prefix *cover = &shortest->covers.prefixes[i];

		if (pending && is_after(cover->addr, covered->addr)) {
			r = shortest_list(query->runs, !query->cover_in, covered,
					  &shortest->exceptions);
			pending = false;
		}
		if (r == 0)
			r = shortest_list(query->runs, !query->cover_in, cover,
					  &shortest->exceptions);
		pending = pending && !prefix_covers(cover, covered);
	}
	if (r == 0 && pending)
		r = shortest_list(query->runs, !query->cover_in, covered, &shortest->exceptions);
	return r;
}

int shortest_find(const struct shortest_query *query, struct shortest *shortest)
{
	struct search search = { .query = query, .covers = &shortest->covers };
	const struct runs *runs = query->runs;
	int r = 0;

	*shortest = (struct shortest){ .impossible = false };
	for (size_t i = 0; i < runs->count && r == 0; i++)
		r = add_run(&search, runs->starts[i], run_last(runs, i),
			    run_in(runs, i) == query->cover_in);
	if (r == 0) {
		shortest->impossible = search.stack[0].open_cost >= IMPOSSIBLE;
		r = shortest->impossible ? 0 : list_exceptions(query, shortest);
	}
	if (r < 0)
		shortest_release(shortest);
	return r;
}
