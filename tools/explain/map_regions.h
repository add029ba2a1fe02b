/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The regions of a map: ranges as whole cells of a grid, so few that a picture of them has a bound.
 */
#ifndef IPMASQ_MAP_REGIONS_H
#define IPMASQ_MAP_REGIONS_H

#include "explain/map.h"

/* However many ranges a policy has, it gets no more regions. */
#define MAP_REGIONS_MAX 1200

/* The width and the height of the map, in units of the picture. */
#define MAP_SIZE 1024u

struct map_region {
	/* The cells, as numbers along the curve. */
	uint32_t first_cell;
	uint32_t cell_count;
	/* The ranges that are in it, or partly so. */
	size_t first_range;
	size_t range_count;
	/* The class of all of them, or of most addresses of a mixed cell. */
	unsigned int class;
	/* It is one cell with ranges of several classes. */
	bool mixed;
	/* A mixed cell with a class that the reader looks for. */
	bool marked;
	/* It has a range that is listed. */
	bool listed;
	/* So small that it needs a ring to be found. */
	bool small;
};

struct map_regions {
	/* The length of the prefix that is one cell. */
	unsigned int prefix;
	/* The grid has 2^order cells in each direction. */
	unsigned int order;
	struct map_region *regions;
	size_t count;
	/* The small ones get a ring. There are not too many of them. */
	bool rings;
};

/* Ends the process if memory runs out. The finest grid that has few enough regions is taken. */
void map_regions_make(struct map_regions *made, const struct map *map);
void map_regions_free(struct map_regions *made);

/* Whether the cells are so large that a mixed one has a dot, on the colour of its class. If they
 * are not, all of a mixed cell has the colour of the dot. */
bool map_regions_have_dots(const struct map_regions *regions);

#endif
