/* SPDX-License-Identifier: Apache-2.0 */
/* What stands beside a map: its title, the legend, the ranges that matter, and notes. */
#include "explain/map_panel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli_say.h"
#include "cli/utf8.h"
#include "cli/xml.h"
#include "explain/map_text.h"

/* Ranges are named down to here. */
#define LIST_END 820

/* How many characters of a small text fit into a line, and how far apart lines are. */
#define LINE_MAX_LENGTH 60
#define LINE_STEP	17

/* How much is said of a range. */
#define DESCRIPTION_MAX 200

struct panel {
	const struct map *map;
	const struct map_regions *regions;
	FILE *stream;
	/* The base line of the next line of text. */
	int y;
};

/* How many addresses each class has. */
static void count_addresses(const struct map *map, uint64_t counts[MAP_CLASSES_MAX])
{
	struct map_range range;

	memset(counts, 0, MAP_CLASSES_MAX * sizeof(*counts));
	for (size_t i = 0; i < map->range_count; i++) {
		map->range(map, i, &range);
		counts[range.class] += (uint64_t)range.last - range.first + 1;
	}
}

static void open_line(struct panel *panel, const char *style, int x, int step)
{
	panel->y += step;
	fprintf(panel->stream, "<text class=\"%s\" x=\"%d\" y=\"%d\">", style, x, panel->y);
}

static void close_line(struct panel *panel)
{
	fputs("</text>\n", panel->stream);
}

/* How much of a text goes on a line: as many words as fit, or what fits of one long word. */
static size_t line_length(const char *text)
{
	size_t characters = 0;
	size_t words = 0;
	size_t bytes = 0;

	while (text[bytes] && characters < LINE_MAX_LENGTH) {
		bytes += utf8_length(text + bytes);
		characters++;
		if (text[bytes] == ' ' || !text[bytes])
			words = bytes;
	}
	return words > 0 ? words : bytes;
}

/* A valid text in several lines. The first is @step below what is above, the others follow. */
static void put_wrapped(struct panel *panel, int x, int step, const char *text)
{
	while (*text) {
		size_t length = line_length(text);
		char *line = strndup(text, length);

		if (!line)
			cli_die(ENOMEM, "cannot draw the map");
		open_line(panel, "s", x, step);
		xml_put(panel->stream, line);
		close_line(panel);
		free(line);
		step = LINE_STEP;
		text += length;
		text += strspn(text, " ");
	}
}

static void put_chip(struct panel *panel, enum map_colour colour)
{
	fprintf(panel->stream,
		"<rect class=\"c%d chip\" x=\"0\" y=\"%d\" width=\"20\" height=\"20\" rx=\"3\"/>\n",
		(int)colour, panel->y - 2);
}

static void put_classes(struct panel *panel)
{
	const struct map *map = panel->map;
	uint64_t counts[MAP_CLASSES_MAX];
	char number[MAP_TEXT_MAX];
	char share[MAP_TEXT_MAX];

	count_addresses(map, counts);
	for (size_t i = 0; i < map->class_count; i++) {
		panel->y += 14;
		put_chip(panel, map->classes[i].colour);
		open_line(panel, "t", 32, 9);
		fprintf(panel->stream, "<tspan class=\"b\">%s</tspan> %s", map->classes[i].word,
			map->classes[i].meaning);
		close_line(panel);
		open_line(panel, "s", 32, LINE_STEP);
		fprintf(panel->stream, "%s address%s, %s", map_text_number(counts[i], number),
			counts[i] == 1 ? "" : "es", map_text_share(counts[i], share));
		close_line(panel);
	}
}

/* As the cells are: with a dot, or too small for one. */
static void put_mixed_chip(struct panel *panel, enum map_colour colour)
{
	if (!map_regions_have_dots(panel->regions)) {
		put_chip(panel, colour);
		return;
	}
	put_chip(panel, panel->map->classes[0].colour);
	fprintf(panel->stream, "<rect class=\"c%d\" x=\"6\" y=\"%d\" width=\"8\" height=\"8\"/>\n",
		(int)colour, panel->y + 4);
}

/* The sort of mixed cells that is marked, or the other one, if the map has any. */
static void put_mixed(struct panel *panel, bool marked, const char *meaning)
{
	size_t count = 0;

	for (size_t i = 0; i < panel->regions->count; i++) {
		const struct map_region *region = &panel->regions->regions[i];

		count += region->mixed && region->marked == marked;
	}
	if (count == 0)
		return;
	panel->y += 14;
	put_mixed_chip(panel, marked ? MAP_MIXED : MAP_PALE_MIXED);
	open_line(panel, "t", 32, 9);
	fprintf(panel->stream, "<tspan class=\"b\">mixed</tspan> %s", meaning);
	close_line(panel);
	open_line(panel, "s", 32, LINE_STEP);
	fprintf(panel->stream, "%zu cell%s of the size of a /%u; point at one for its counts",
		count, count == 1 ? "" : "s", panel->regions->prefix);
	close_line(panel);
}

static void put_legend(struct panel *panel)
{
	put_classes(panel);
	put_mixed(panel, true, panel->map->mixed);
	put_mixed(panel, false, panel->map->mixed_unmarked);
}

static void put_range(struct panel *panel, size_t index, const struct map_range *range)
{
	const struct map_class *class = &panel->map->classes[range->class];
	char text[IPMASQ_TEXT_MAX];
	char *description;

	fprintf(panel->stream,
		"<rect class=\"c%d chip\" x=\"4\" y=\"%d\" width=\"12\" height=\"12\" rx=\"2\"/>\n",
		(int)class->colour, panel->y + 13);
	open_line(panel, "t", 32, 24);
	fprintf(panel->stream, "<tspan class=\"b\">%s</tspan> %s",
		map_text_range(range->first, range->last, text), class->word);
	close_line(panel);
	description = map_text_description(panel->map, index, DESCRIPTION_MAX);
	put_wrapped(panel, 32, LINE_STEP, description);
	free(description);
}

static void put_list(struct panel *panel)
{
	struct map_range range;
	char text[MAP_TEXT_MAX];
	size_t listed = 0;
	size_t named = 0;

	for (size_t i = 0; i < panel->map->range_count; i++) {
		panel->map->range(panel->map, i, &range);
		if (!range.listed)
			continue;
		panel->y += listed++ == 0 ? 18 : 0;
		/* Once one is left out, all after it are. */
		if (named + 1 < listed || panel->y > LIST_END)
			continue;
		put_range(panel, i, &range);
		named++;
	}
	if (listed > named) {
		open_line(panel, "s", 32, 24);
		fprintf(panel->stream, "and %s more", map_text_number(listed - named, text));
		close_line(panel);
	}
}

static void put_notes(struct panel *panel)
{
	panel->y += 20;
	put_wrapped(panel, 0, LINE_STEP,
		    "Each square of the grid is a /8, with the first number of its addresses. "
		    "Neighbours among the addresses are neighbours on the map (a Hilbert curve), "
		    "so a CIDR is a square or two squares side by side.");
	for (size_t i = 0; panel->map->notes[i]; i++)
		put_wrapped(panel, 0, 24, panel->map->notes[i]);
}

void map_panel_put(const struct map *map, const struct map_regions *regions, FILE *stream)
{
	struct panel panel = { .map = map, .regions = regions, .stream = stream, .y = 0 };

	char *subtitle = map_text_cut(map->subtitle, DESCRIPTION_MAX);

	open_line(&panel, "h", 0, 20);
	xml_put(stream, map->title);
	close_line(&panel);
	put_wrapped(&panel, 0, 24, subtitle);
	free(subtitle);
	panel.y += 14;
	put_legend(&panel);
	put_list(&panel);
	put_notes(&panel);
}
