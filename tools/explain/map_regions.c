/* SPDX-License-Identifier: Apache-2.0 */
/* The regions of a map. */
#include "explain/map_regions.h"

#include <errno.h>
#include <stdlib.h>

#include "cli/cli_say.h"

/* More rings than this would hide the map. */
#define RINGS_MAX 32

/* The smallest cell, in units of the picture, that has room for a dot. */
#define DOT_CELL 4

/* A region of less than 6 by 6 units is small. */
#define SMALL_AREA 36u

#define SPACE (UINT64_C(1) << 32)

/* The prefixes that can be one cell, from the finest. A /20 is one unit of the picture; it can only
 * be found by its ring. A /16 is 4 by 4 units. */
static const unsigned int prefixes[] = { 20, 16, 14, 12, 10, 8 };

/* A walk over the ranges that cuts them into regions. */
struct walk {
	const struct map *map;
	unsigned int shift;
	/* Some class is marked. */
	bool marks;
	/* The range at the beginning of the next region. */
	size_t index;
	struct map_range range;
	uint64_t at;
};

static uint64_t end_of(const struct map_range *range)
{
	return (uint64_t)range->last + 1;
}

static void next_range(struct walk *walk)
{
	if (++walk->index < walk->map->range_count)
		walk->map->range(walk->map, walk->index, &walk->range);
}

/* The rest of the range, as far as it is whole cells. */
static void whole_cells(struct walk *walk, uint64_t cells, struct map_region *region)
{
	region->cell_count = (uint32_t)cells;
	region->class = walk->range.class;
	region->listed = walk->range.listed;
	walk->at += cells << walk->shift;
	if (walk->at == end_of(&walk->range))
		next_range(walk);
}

static unsigned int largest(const uint64_t counts[MAP_CLASSES_MAX])
{
	unsigned int class = 0;

	for (unsigned int i = 1; i < MAP_CLASSES_MAX; i++)
		if (counts[i] > counts[class])
			class = i;
	return class;
}

/* One cell, in which several ranges meet. */
static void shared_cell(struct walk *walk, struct map_region *region)
{
	uint64_t end = walk->at + (UINT64_C(1) << walk->shift);
	uint64_t counts[MAP_CLASSES_MAX] = { 0 };
	unsigned int class = walk->range.class;

	region->cell_count = 1;
	region->marked = !walk->marks;
	for (;;) {
		uint64_t range_end = end_of(&walk->range);

		counts[walk->range.class] += (range_end < end ? range_end : end) - walk->at;
		region->range_count = walk->index - region->first_range + 1;
		region->mixed |= walk->range.class != class;
		region->marked |= walk->map->classes[walk->range.class].marked;
		region->listed |= walk->range.listed;
		if (range_end > end)
			break;
		walk->at = range_end;
		next_range(walk);
		if (walk->at == end)
			break;
	}
	walk->at = end;
	region->class = largest(counts);
}

static void next_region(struct walk *walk, struct map_region *region)
{
	uint64_t cells = (end_of(&walk->range) >> walk->shift) - (walk->at >> walk->shift);

	*region = (struct map_region){ .first_cell = (uint32_t)(walk->at >> walk->shift),
				       .first_range = walk->index,
				       .range_count = 1 };
	if (cells > 0)
		whole_cells(walk, cells, region);
	else
		shared_cell(walk, region);
}

/* Fills the regions for one size of cells. Returns whether there is room for them. */
static bool fill(struct map_regions *made, const struct map *map, unsigned int prefix)
{
	struct walk walk = { .map = map, .shift = 32 - prefix };
	unsigned int unit = MAP_SIZE >> (prefix / 2);
	size_t rings = 0;

	for (size_t i = 0; i < map->class_count; i++)
		walk.marks |= map->classes[i].marked;
	map->range(map, 0, &walk.range);
	made->prefix = prefix;
	made->order = prefix / 2;
	for (made->count = 0; walk.at < SPACE; made->count++) {
		struct map_region *region = &made->regions[made->count];

		if (made->count == MAP_REGIONS_MAX)
			return false;
		next_region(&walk, region);
		region->small = region->listed && region->cell_count < SMALL_AREA / (unit * unit);
		rings += region->small;
	}
	made->rings = rings <= RINGS_MAX;
	/* Without a ring nobody finds a /20. */
	return made->rings || prefix <= 16;
}

void map_regions_make(struct map_regions *made, const struct map *map)
{
	size_t i = 0;

	*made = (struct map_regions){ .regions = calloc(MAP_REGIONS_MAX, sizeof(*made->regions)) };
	if (!made->regions)
		cli_die(ENOMEM, "cannot draw the map");
	/* There are no more than 256 cells for a /8. */
	while (!fill(made, map, prefixes[i]))
		i++;
}

void map_regions_free(struct map_regions *made)
{
	free(made->regions);
}

bool map_regions_have_dots(const struct map_regions *regions)
{
	return MAP_SIZE >> regions->order >= DOT_CELL;
}
