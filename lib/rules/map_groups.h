/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The elements of a map whose prefixes can share a chain of maps: those that have prefixes of the
 * same lengths inside. A few of them take one map for each length, whatever their number.
 */
#ifndef LIBIPMASQ_MAP_GROUPS_H
#define LIBIPMASQ_MAP_GROUPS_H

#include "rules/map_division.h"

/*
 * How many prefixes a group may have. The kernel (nft_chain_validate()) may look at the whole chain
 * again for each element that leads to it.
 */
#define MAP_GROUP_MAX 256

/* A few elements, whose prefixes go to one chain. */
struct map_group {
	/* The elements: a run of map_groups.order. */
	size_t begin;
	size_t count;
	/* The lengths of the prefixes inside, the longest first. */
	uint8_t lengths[MAPS_MAX];
	size_t length_count;
	/* For the layout. */
	uint32_t chain;
};

struct map_groups {
	/* Numbers of elements; those of a group in ascending order. */
	uint32_t *order;
	struct map_group *list;
	size_t count;
};

/*
 * Finds the groups whose chains have at most @maps maps. Elements are in no group if they have more
 * lengths, or so few others have the same that they fit into a leaf.
 *
 * @groups is to be released also on -ENOMEM.
 */
int map_groups_find(const struct map_division *division, unsigned int maps,
		    struct map_groups *groups);
void map_groups_release(struct map_groups *groups);

#endif
