/* SPDX-License-Identifier: Apache-2.0 */
/* The outline of each region of a map, as the path of an SVG. */
#include "explain/map_outline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli_say.h"
#include "explain/hilbert.h"

enum direction { EAST, SOUTH, WEST, NORTH };

static const int step_x[] = { 1, 0, -1, 0 };
static const int step_y[] = { 0, 1, 0, -1 };
/* Where the cells ahead are, to the right and to the left, as seen from a corner between cells. */
static const int right_x[] = { 0, -1, -1, 0 };
static const int right_y[] = { 0, 0, -1, -1 };
static const int left_x[] = { 0, 0, -1, -1 };
static const int left_y[] = { -1, 0, 0, -1 };

struct map_outline {
	const struct map_regions *regions;
	/* How many cells there are in each direction, and how large each is. */
	int side;
	int unit;
	/* The region of each cell, line by line. */
	uint16_t *owners;
	/* The upper border of the cell is part of a path already. */
	bool *drawn;
};

static size_t at(const struct map_outline *outline, int x, int y)
{
	return (size_t)y * (size_t)outline->side + (size_t)x;
}

struct map_outline *map_outline_new(const struct map_regions *regions)
{
	size_t cells = (size_t)1 << (2 * regions->order);
	struct map_outline *outline = calloc(1, sizeof(*outline));
	unsigned int x;
	unsigned int y;

	if (outline) {
		outline->regions = regions;
		outline->side = 1 << regions->order;
		outline->unit = (int)(MAP_SIZE >> regions->order);
		outline->owners = calloc(cells, sizeof(*outline->owners));
		outline->drawn = calloc(cells, sizeof(*outline->drawn));
	}
	if (!outline || !outline->owners || !outline->drawn)
		cli_die(ENOMEM, "cannot draw the map");
	for (size_t i = 0; i < regions->count; i++) {
		const struct map_region *region = &regions->regions[i];

		for (uint32_t cell = 0; cell < region->cell_count; cell++) {
			hilbert_cell(regions->order, region->first_cell + cell, &x, &y);
			outline->owners[at(outline, (int)x, (int)y)] = (uint16_t)i;
		}
	}
	return outline;
}

void map_outline_free(struct map_outline *outline)
{
	free(outline->owners);
	free(outline->drawn);
	free(outline);
}

static bool has_cell(const struct map_outline *outline, size_t region, int x, int y)
{
	return x >= 0 && y >= 0 && x < outline->side && y < outline->side &&
	       outline->owners[at(outline, x, y)] == region;
}

/* Goes along a border, with the region on the right, from the upper left corner of a cell until it
 * is there again. */
static void put_border(struct map_outline *outline, size_t region, int x, int y, FILE *stream)
{
	enum direction direction = EAST;
	int start_x = x;
	int start_y = y;
	int length = 0;

	fprintf(stream, "M%d %d", x * outline->unit, y * outline->unit);
	do {
		if (direction == EAST)
			outline->drawn[at(outline, x, y)] = true;
		x += step_x[direction];
		y += step_y[direction];
		length += direction == EAST || direction == SOUTH ? outline->unit : -outline->unit;
		if (has_cell(outline, region, x + right_x[direction], y + right_y[direction]) &&
		    !has_cell(outline, region, x + left_x[direction], y + left_y[direction]))
			continue;
		fprintf(stream, "%c%d", direction == EAST || direction == WEST ? 'h' : 'v', length);
		length = 0;
		direction = (direction + (has_cell(outline, region, x + right_x[direction],
						   y + right_y[direction])
						  ? 3
						  : 1)) %
			    4;
	} while (x != start_x || y != start_y || direction != EAST);
	putc('z', stream);
}

void map_outline_put(struct map_outline *outline, size_t region, FILE *stream)
{
	const struct map_region *cells = &outline->regions->regions[region];
	unsigned int column;
	unsigned int row;

	for (uint32_t i = 0; i < cells->cell_count; i++) {
		hilbert_cell(outline->regions->order, cells->first_cell + i, &column, &row);
		int x = (int)column;
		int y = (int)row;

		/* Each border, outer or of a hole, has a place where it goes east along the top of
		 * a cell. */
		if (!has_cell(outline, region, x, y - 1) && !outline->drawn[at(outline, x, y)])
			put_border(outline, region, x, y, stream);
	}
}

void map_outline_middle(const struct map_regions *regions, const struct map_region *region,
			double *x, double *y)
{
	double unit = MAP_SIZE >> regions->order;
	uint64_t columns = 0;
	uint64_t rows = 0;
	unsigned int column;
	unsigned int row;

	for (uint32_t i = 0; i < region->cell_count; i++) {
		hilbert_cell(regions->order, region->first_cell + i, &column, &row);
		columns += column;
		rows += row;
	}
	*x = ((double)columns / region->cell_count + 0.5) * unit;
	*y = ((double)rows / region->cell_count + 0.5) * unit;
}
