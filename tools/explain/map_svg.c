/* SPDX-License-Identifier: Apache-2.0 */
/* Draws a map of the IPv4 space as SVG. */
#include "explain/map_svg.h"

#include <math.h>
#include <stdlib.h>

#include "cli/xml.h"
#include "explain/hilbert.h"
#include "explain/map_labels.h"
#include "explain/map_outline.h"
#include "explain/map_panel.h"
#include "explain/map_regions.h"
#include "explain/map_text.h"

#define MARGIN 32

/* How many ranges the tooltip of a cell names, and how many characters it has of each. */
#define NAMED_MAX    3
#define NAMED_LENGTH 200

/* The radius of a ring. */
#define RING 8

/* The size of the number of a /8. */
#define NUMBER_WIDTH  22
#define NUMBER_HEIGHT 12

/* Larger dots would cover the numbers of the grid. */
#define DOT_MAX 8

/* The schemes of prefers-color-scheme. */
static const struct scheme {
	const char *before;
	const char *after;
	const char *page;
	const char *ink;
	const char *muted;
	const char *colours[MAP_COLOURS];
} schemes[] = {
	{ "",
	  "",
	  "#ffffff",
	  "#1b1f24",
	  "#57606a",
	  {
		  [MAP_MASQUERADE] = "#a3c9e6",
		  [MAP_RETURN] = "#e07b10",
		  [MAP_PALE_MASQUERADE] = "#dbe8f2",
		  [MAP_PALE_RETURN] = "#f4e1c8",
		  [MAP_NOW_MASQUERADE] = "#0072b2",
		  [MAP_NOW_RETURN] = "#d55e00",
		  [MAP_MIXED] = "#1b1f24",
		  [MAP_PALE_MIXED] = "#a8adb3",
		  [MAP_DEPENDS] = "#a371c9",
	  } },
	{ "@media (prefers-color-scheme:dark){",
	  "}",
	  "#0d1117",
	  "#e6edf3",
	  "#9198a1",
	  {
		  [MAP_MASQUERADE] = "#1d4a73",
		  [MAP_RETURN] = "#c8731a",
		  [MAP_PALE_MASQUERADE] = "#1a2836",
		  [MAP_PALE_RETURN] = "#3d2e1c",
		  [MAP_NOW_MASQUERADE] = "#4aa3df",
		  [MAP_NOW_RETURN] = "#ff8f3d",
		  [MAP_MIXED] = "#f0f6fc",
		  [MAP_PALE_MIXED] = "#59616b",
		  [MAP_DEPENDS] = "#8a5fb0",
	  } },
};

static void put_scheme(const struct scheme *scheme, FILE *stream)
{
	fprintf(stream, "%s", scheme->before);
	fprintf(stream, ".page{fill:%s}.label{stroke:%s}", scheme->page, scheme->page);
	fprintf(stream, "text{fill:%s}.s{fill:%s}", scheme->ink, scheme->muted);
	fprintf(stream, ".grid,.curve,.chip{stroke:%s}path:hover,.ring{stroke:%s}", scheme->ink,
		scheme->ink);
	for (int i = 0; i < MAP_COLOURS; i++)
		fprintf(stream, ".c%d{fill:%s}", i, scheme->colours[i]);
	fprintf(stream, "%s\n", scheme->after);
}

static void put_style(FILE *stream)
{
	fputs("<style>\n"
	      "text{font:14px system-ui,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif}"
	      ".h{font-size:22px;font-weight:600}.b{font-weight:600}.s{font-size:13px}"
	      ".label{font-size:11px;font-weight:600;paint-order:stroke;stroke-width:3px;"
	      "text-anchor:middle;"
	      "stroke-linejoin:round;pointer-events:none}"
	      ".dot{pointer-events:none}"
	      ".n{font-size:10px;opacity:.7;pointer-events:none}"
	      ".grid{fill:none;stroke-width:1;opacity:.18;pointer-events:none}"
	      ".curve{fill:none;stroke-width:1;opacity:.16;stroke-dasharray:1 "
	      "5;pointer-events:none}"
	      ".chip{stroke-width:.5;stroke-opacity:.4}"
	      ".ring{fill:none;stroke-width:1.5;pointer-events:all}.ring:hover{stroke-width:3}"
	      "path:hover{stroke-width:1.5}\n",
	      stream);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		put_scheme(&schemes[i], stream);
	fputs("</style>\n", stream);
}

static bool has_dot(const struct map_regions *regions, const struct map_region *region)
{
	return region->mixed && map_regions_have_dots(regions);
}

static enum map_colour mixed_colour(const struct map_region *region)
{
	return region->marked ? MAP_MIXED : MAP_PALE_MIXED;
}

static enum map_colour colour_of(const struct map *map, const struct map_regions *regions,
				 const struct map_region *region)
{
	if (region->mixed && !has_dot(regions, region))
		return mixed_colour(region);
	return map->classes[region->class].colour;
}

/* The tooltip's line about one range. */
static void put_range(const struct map *map, size_t index, FILE *stream)
{
	struct map_range range;
	char text[IPMASQ_TEXT_MAX];
	char *description = map_text_description(map, index, NAMED_LENGTH);

	map->range(map, index, &range);
	fprintf(stream, "%s: %s, ", map_text_range(range.first, range.last, text),
		map->classes[range.class].word);
	xml_put(stream, description);
	free(description);
}

/* How many addresses of a cell each class has. */
static void put_counts(const struct map *map, const struct map_region *region, uint32_t first,
		       uint32_t last, FILE *stream)
{
	uint64_t counts[MAP_CLASSES_MAX] = { 0 };
	const char *between = "";
	struct map_range range;
	char number[MAP_TEXT_MAX];

	for (size_t i = 0; i < region->range_count; i++) {
		map->range(map, region->first_range + i, &range);
		if (range.first < first)
			range.first = first;
		if (range.last > last)
			range.last = last;
		counts[range.class] += (uint64_t)range.last - range.first + 1;
	}
	for (size_t i = 0; i < map->class_count; i++) {
		if (counts[i] == 0)
			continue;
		fprintf(stream, "%s%s %s", between, map_text_number(counts[i], number),
			map->classes[i].word);
		between = ", ";
	}
}

static void put_tooltip(const struct map *map, const struct map_regions *regions,
			const struct map_region *region, FILE *stream)
{
	unsigned int shift = 32 - regions->prefix;
	uint32_t first = region->first_cell << shift;
	uint32_t last = first + (UINT32_C(1) << shift) - 1;
	char text[IPMASQ_TEXT_MAX];
	char number[MAP_TEXT_MAX];

	fputs("<title>", stream);
	if (region->range_count > 1) {
		fprintf(stream, "%s: %s ranges, ", map_text_range(first, last, text),
			map_text_number(region->range_count, number));
		put_counts(map, region, first, last, stream);
	}
	for (size_t i = 0; i < region->range_count && i < NAMED_MAX; i++) {
		fputs(region->range_count > 1 ? "\n" : "", stream);
		put_range(map, region->first_range + i, stream);
	}
	if (region->range_count > NAMED_MAX)
		fprintf(stream, "\nand %s more",
			map_text_number(region->range_count - NAMED_MAX, number));
	fputs("</title>", stream);
}

static void put_dot(const struct map_regions *regions, const struct map_region *region,
		    FILE *stream)
{
	double side = fmin((MAP_SIZE >> regions->order) / 2.0, DOT_MAX);
	double x;
	double y;

	map_outline_middle(regions, region, &x, &y);
	fprintf(stream, "<rect class=\"c%d dot\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\"/>\n",
		(int)mixed_colour(region), x - side / 2, y - side / 2, side, side);
}

static void put_regions(const struct map *map, const struct map_regions *regions, FILE *stream)
{
	struct map_outline *outline = map_outline_new(regions);

	/* No half-transparent seams between neighbours. */
	fputs("<g shape-rendering=\"crispEdges\">\n", stream);
	for (size_t i = 0; i < regions->count; i++) {
		const struct map_region *region = &regions->regions[i];

		fprintf(stream, "<path class=\"c%d\" d=\"", (int)colour_of(map, regions, region));
		map_outline_put(outline, i, stream);
		fputs("\">", stream);
		put_tooltip(map, regions, region, stream);
		fputs("</path>\n", stream);
		if (has_dot(regions, region))
			put_dot(regions, region, stream);
	}
	fputs("</g>\n", stream);
	map_outline_free(outline);
}

/* Rings around what nobody would find, or hit with the pointer. */
static void put_rings(const struct map *map, const struct map_regions *regions, FILE *stream)
{
	double x;
	double y;

	for (size_t i = 0; i < regions->count && regions->rings; i++) {
		const struct map_region *region = &regions->regions[i];

		if (!region->small)
			continue;
		map_outline_middle(regions, region, &x, &y);
		fprintf(stream, "<circle class=\"ring\" cx=\"%g\" cy=\"%g\" r=\"%d\">", x, y, RING);
		put_tooltip(map, regions, region, stream);
		fputs("</circle>\n", stream);
	}
}

/* The way of the addresses through the squares of the /8s. */
static void put_curve(FILE *stream)
{
	int step = (int)MAP_SIZE / 16;
	unsigned int x;
	unsigned int y;
	int last_x = 0;
	int last_y = 0;

	fprintf(stream, "<path class=\"curve\" d=\"M%d %d", step / 2, step / 2);
	for (unsigned int i = 1; i < 256; i++) {
		hilbert_cell(4, i, &x, &y);
		if ((int)x != last_x)
			fprintf(stream, "h%d", ((int)x - last_x) * step);
		else
			fprintf(stream, "v%d", ((int)y - last_y) * step);
		last_x = (int)x;
		last_y = (int)y;
	}
	fputs("\"/>\n", stream);
}

/* Whether a ring is where the number of the square at @left, @top is to be. */
static bool number_hides(const struct map_regions *regions, double left, double top)
{
	double x;
	double y;

	for (size_t i = 0; i < regions->count && regions->rings; i++) {
		if (!regions->regions[i].small)
			continue;
		map_outline_middle(regions, &regions->regions[i], &x, &y);
		if (x > left - RING && x < left + NUMBER_WIDTH + RING && y > top - RING &&
		    y < top + NUMBER_HEIGHT + RING)
			return true;
	}
	return false;
}

/* The squares of the /8s with their numbers, as a person finds 10.0.0.0/8. */
static void put_grid(const struct map_regions *regions, FILE *stream)
{
	unsigned int step = MAP_SIZE / 16;
	unsigned int x;
	unsigned int y;

	fputs("<path class=\"grid\" shape-rendering=\"crispEdges\" d=\"", stream);
	for (unsigned int i = 0; i <= 16; i++)
		fprintf(stream, "M0 %uh%uM%u 0v%u", i * step, MAP_SIZE, i * step, MAP_SIZE);
	fputs("\"/>\n", stream);
	for (unsigned int i = 0; i < 256; i++) {
		hilbert_cell(4, i, &x, &y);
		fprintf(stream, "<text class=\"n\" x=\"%u\" y=\"%u\">%u</text>\n", x * step + 4,
			y * step + (number_hides(regions, x * step, y * step) ? step - 5 : 13), i);
	}
}

void map_svg_put(const struct map *map, FILE *stream)
{
	struct map_regions regions;

	map_regions_make(&regions, map);
	fprintf(stream,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" role=\"img\">\n",
		3 * MARGIN + MAP_SIZE + MAP_PANEL_WIDTH, 2 * MARGIN + MAP_SIZE);
	fputs("<title>", stream);
	xml_put(stream, map->title);
	fputs("</title>\n", stream);
	put_style(stream);
	fputs("<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n", stream);
	fprintf(stream, "<g transform=\"translate(%d %d)\">\n", MARGIN, MARGIN);
	put_regions(map, &regions, stream);
	put_curve(stream);
	put_grid(&regions, stream);
	put_rings(map, &regions, stream);
	map_labels_put(map, &regions, stream);
	fputs("</g>\n", stream);
	fprintf(stream, "<g transform=\"translate(%u %d)\">\n", 2 * MARGIN + MAP_SIZE, MARGIN);
	map_panel_put(map, &regions, stream);
	fputs("</g>\n</svg>\n", stream);
	map_regions_free(&regions);
}
