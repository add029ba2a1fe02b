/* SPDX-License-Identifier: Apache-2.0 */
/* A map from addresses to interfaces: disjoint ranges in ascending order. */
#include "node/kernel/nat_route_map.h"
#include "util/common.h"

#include <stdlib.h>

void nat_route_map_release(struct nat_route_map *map)
{
	free(map->ranges);
	*map = (struct nat_route_map){ 0 };
}

/* Appends a range, which comes after all others. */
static int append(struct nat_route_map *map, struct addr first, struct addr last, uint32_t out)
{
	struct nat_route_range *end = map->count > 0 ? &map->ranges[map->count - 1] : NULL;

	if (out == 0 || addr_compare(first, last) > 0)
		return 0;
	if (end && end->out == out && addr_equal(addr_next(end->last), first)) {
		end->last = last;
		return 0;
	}
	if (array_grow(&map->ranges, &map->capacity, map->count, sizeof(*map->ranges)) < 0)
		return -ENOMEM;
	map->ranges[map->count++] = (struct nat_route_range){ first, last, out };
	return 0;
}

/* Shorter prefixes come before those that they hold, better routes before worse. */
static int compare_entries(const void *a, const void *b)
{
	const struct nat_route_entry *left = a;
	const struct nat_route_entry *right = b;
	int r = addr_compare(left->prefix.addr, right->prefix.addr);

	if (r != 0)
		return r;
	if (left->prefix.len != right->prefix.len)
		return left->prefix.len < right->prefix.len ? -1 : 1;
	return (left->metric > right->metric) - (left->metric < right->metric);
}

/* The routes that hold the current address, one inside the other. There are no more than lengths.
 */
struct nest {
	const struct nat_route_entry *routes[129];
	size_t depth;
	/* What comes before has its range. */
	struct addr at;
	/* There is no address after the last one. */
	bool at_end;
};

static const struct nat_route_entry *innermost(const struct nest *nest)
{
	return nest->depth > 0 ? nest->routes[nest->depth - 1] : NULL;
}

/* The innermost route ends. */
static int leave(struct nat_route_map *map, struct nest *nest)
{
	const struct nat_route_entry *route = innermost(nest);
	struct addr last = prefix_last(&route->prefix);
	int r = 0;

	nest->depth--;
	if (nest->at_end || addr_compare(nest->at, last) > 0)
		return 0;
	r = append(map, nest->at, last, route->out);
	nest->at = addr_next(last);
	nest->at_end = nest->at.hi == 0 && nest->at.lo == 0;
	return r;
}

static int enter(struct nat_route_map *map, struct nest *nest, const struct nat_route_entry *route)
{
	const struct nat_route_entry *outer;
	int r = 0;

	while (r == 0 && (outer = innermost(nest)) != NULL &&
	       !prefix_covers(&outer->prefix, &route->prefix))
		r = leave(map, nest);
	if (r < 0)
		return r;
	if (outer && prefix_equal(&outer->prefix, &route->prefix))
		return 0;
	if (outer && addr_compare(nest->at, route->prefix.addr) < 0)
		r = append(map, nest->at, addr_previous(route->prefix.addr), outer->out);
	nest->at = route->prefix.addr;
	nest->at_end = false;
	nest->routes[nest->depth++] = route;
	return r;
}

int nat_route_map_fill(struct nat_route_map *map, struct nat_route_entry *routes, size_t count)
{
	struct nest nest = { .depth = 0 };
	int r = 0;

	*map = (struct nat_route_map){ 0 };
	array_sort(routes, count, sizeof(*routes), compare_entries);
	for (size_t i = 0; i < count && r == 0; i++)
		r = enter(map, &nest, &routes[i]);
	while (nest.depth > 0 && r == 0)
		r = leave(map, &nest);
	if (r < 0)
		nat_route_map_release(map);
	return r;
}

/* What a map has from an address on: an interface or, up to the next range, none. */
struct piece {
	uint32_t out;
	struct addr last;
};

/* @i: the first range of the map that does not end before @at. */
static struct piece piece_at(const struct nat_route_map *map, size_t *i, struct addr at)
{
	const struct addr end = { UINT64_MAX, UINT64_MAX };

	while (*i < map->count && addr_compare(map->ranges[*i].last, at) < 0)
		(*i)++;
	if (*i == map->count)
		return (struct piece){ 0, end };
	if (addr_compare(map->ranges[*i].first, at) > 0)
		return (struct piece){ 0, addr_previous(map->ranges[*i].first) };
	return (struct piece){ map->ranges[*i].out, map->ranges[*i].last };
}

/* The same for a map of which only a part counts. */
static struct piece piece_within(const struct nat_route_map *map, size_t *i, struct addr at,
				 const struct prefix *within)
{
	struct piece piece = piece_at(map, i, at);
	struct addr last;

	if (!within)
		return piece;
	last = prefix_last(within);
	if (addr_compare(at, within->addr) < 0)
		return (struct piece){ 0, addr_previous(within->addr) };
	if (addr_compare(at, last) > 0)
		return (struct piece){ 0, { UINT64_MAX, UINT64_MAX } };
	if (addr_compare(last, piece.last) < 0)
		piece.last = last;
	return piece;
}

int nat_route_map_overlay(struct nat_route_map *map, const struct nat_route_map *upper, bool may,
			  const struct prefix *within)
{
	struct nat_route_map made = { 0 };
	struct addr at = { 0, 0 };
	size_t above = 0;
	size_t below = 0;
	int r = 0;

	do {
		struct piece one = piece_within(upper, &above, at, within);
		struct piece other = piece_at(map, &below, at);
		struct addr last = addr_compare(one.last, other.last) < 0 ? one.last : other.last;
		uint32_t out = one.out ? one.out : other.out;

		if (may && one.out && other.out && one.out != other.out)
			out = NAT_ROUTE_DEPENDS;
		r = append(&made, at, last, out);
		at = addr_next(last);
	} while (r == 0 && (at.hi != 0 || at.lo != 0));
	if (r < 0) {
		nat_route_map_release(&made);
		return r;
	}
	nat_route_map_release(map);
	*map = made;
	return 0;
}
