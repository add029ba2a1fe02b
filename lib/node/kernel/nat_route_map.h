/* SPDX-License-Identifier: Apache-2.0 */
/* A map from addresses to interfaces: disjoint ranges in ascending order. */
#ifndef LIBIPMASQ_KERNEL_NAT_ROUTE_MAP_H
#define LIBIPMASQ_KERNEL_NAT_ROUTE_MAP_H

#include "util/prefix.h"

/* No interface has these indices: it depends on more than the address; it is an address of the
 * node itself, or a broadcast address. */
#define NAT_ROUTE_DEPENDS   UINT32_MAX
#define NAT_ROUTE_LOCAL	    (UINT32_MAX - 1)
#define NAT_ROUTE_BROADCAST (UINT32_MAX - 2)

struct nat_route_range {
	struct addr first;
	struct addr last;
	/* Index of the interface. */
	uint32_t out;
};

struct nat_route_map {
	struct nat_route_range *ranges;
	size_t count;
	size_t capacity;
};

/* A route of one table. */
struct nat_route_entry {
	struct prefix prefix;
	uint32_t table;
	/* Index of the interface; 0: the table has no answer for these addresses. */
	uint32_t out;
	/* Of two for one prefix, the lower counts. */
	uint32_t metric;
	/* RTN_... */
	uint8_t type;
};

void nat_route_map_release(struct nat_route_map *map);

/* Makes the map of the routes, which become sorted: the longest prefix decides. -ENOMEM. */
int nat_route_map_fill(struct nat_route_map *map, struct nat_route_entry *routes, size_t count);

/*
 * Puts a map in front of another: where @upper has an answer, that counts. @may: only for some
 * packets, so that where both differ, it depends. @within: only there, or NULL. -ENOMEM.
 */
int nat_route_map_overlay(struct nat_route_map *map, const struct nat_route_map *upper, bool may,
			  const struct prefix *within);

#endif
