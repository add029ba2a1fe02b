/* SPDX-License-Identifier: Apache-2.0 */
/* The names on a map. */
#include "explain/map_labels.h"

#include <math.h>
#include <string.h>

#include "explain/map_outline.h"
#include "explain/map_text.h"

/* With more than these, names say nothing. */
#define LABELS_MAX 32

/* The size of a name, estimated from above: of a character, and of a line. */
#define CHARACTER_WIDTH 7.2
#define LINE_HEIGHT	14.0

/* How far a name is from the middle of a small region. */
#define DISTANCE 12.0

/* What a name covers. */
struct box {
	double x;
	double y;
	double width;
	double height;
};

struct labels {
	const struct map *map;
	const struct map_regions *regions;
	FILE *stream;
	/* What is covered already: rings and names. */
	struct box boxes[2 * LABELS_MAX];
	size_t count;
};

static bool overlap(const struct box *a, const struct box *b)
{
	return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
	       b->y < a->y + a->height;
}

static bool is_free(const struct labels *labels, const struct box *box)
{
	if (box->x < 0 || box->y < 0 || box->x + box->width > MAP_SIZE ||
	    box->y + box->height > MAP_SIZE)
		return false;
	for (size_t i = 0; i < labels->count; i++)
		if (overlap(&labels->boxes[i], box))
			return false;
	return true;
}

/* The smallest listed range of a region: what somebody looks for there. */
static struct map_range smallest_listed(const struct map *map, const struct map_region *region)
{
	struct map_range smallest = { .last = UINT32_MAX };
	struct map_range range;

	for (size_t i = 0; i < region->range_count; i++) {
		map->range(map, region->first_range + i, &range);
		if (range.listed && range.last - range.first <= smallest.last - smallest.first)
			smallest = range;
	}
	return smallest;
}

/* In the middle of the region if there is room, else to its right, left, below or above, where
 * nothing is in the way. */
static void put_label(struct labels *labels, const struct map_region *region, const char *text)
{
	double side = sqrt((double)region->cell_count) * (MAP_SIZE >> labels->regions->order);
	struct box box = { .width = CHARACTER_WIDTH * (double)strlen(text), .height = LINE_HEIGHT };
	double away = side / 2 + 4 > DISTANCE ? side / 2 + 4 : DISTANCE;
	double x;
	double y;

	map_outline_middle(labels->regions, region, &x, &y);
	const struct box places[] = {
		{ .x = x - box.width / 2, .y = y - box.height / 2 },
		{ .x = x + away, .y = y - box.height / 2 },
		{ .x = x - away - box.width, .y = y - box.height / 2 },
		{ .x = x - box.width / 2, .y = y + away },
		{ .x = x - box.width / 2, .y = y - away - box.height },
	};
	for (size_t i = box.width > side * 1.2; i < sizeof(places) / sizeof(places[0]); i++) {
		box.x = places[i].x;
		box.y = places[i].y;
		if (!is_free(labels, &box))
			continue;
		labels->boxes[labels->count++] = box;
		fprintf(labels->stream, "<text class=\"label\" x=\"%g\" y=\"%g\">%s</text>\n",
			box.x + box.width / 2, box.y + box.height - 3, text);
		return;
	}
}

static void cover_rings(struct labels *labels)
{
	double x;
	double y;

	for (size_t i = 0; i < labels->regions->count && labels->regions->rings; i++) {
		const struct map_region *region = &labels->regions->regions[i];

		if (!region->small)
			continue;
		map_outline_middle(labels->regions, region, &x, &y);
		labels->boxes[labels->count++] = (struct box){ x - 8, y - 8, 16, 16 };
	}
}

void map_labels_put(const struct map *map, const struct map_regions *regions, FILE *stream)
{
	struct labels labels = { .map = map, .regions = regions, .stream = stream };
	char text[IPMASQ_TEXT_MAX];
	size_t listed = 0;

	for (size_t i = 0; i < regions->count; i++)
		listed += regions->regions[i].listed;
	if (listed > LABELS_MAX)
		return;
	cover_rings(&labels);
	for (size_t i = 0; i < regions->count; i++) {
		const struct map_region *region = &regions->regions[i];
		struct map_range range;

		if (!region->listed)
			continue;
		range = smallest_listed(map, region);
		map_text_range(range.first, range.last, text);
		/* What is no CIDR has a long name, and no middle. */
		if (!strchr(text, '-'))
			put_label(&labels, region, text);
	}
}
