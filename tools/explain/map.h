/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a map of the IPv4 space shows: ranges, the class of each, and the colour of each class.
 * Whoever has ranges with classes fills one of these, and map_svg.h draws it.
 */
#ifndef IPMASQ_MAP_H
#define IPMASQ_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The colours, which differ in brightness too, so that nobody needs to tell hues apart. */
enum map_colour {
	MAP_MASQUERADE,
	MAP_RETURN,
	/* The same two where they are only the background of something else. */
	MAP_PALE_MASQUERADE,
	MAP_PALE_RETURN,
	MAP_NOW_MASQUERADE,
	MAP_NOW_RETURN,
	/* Of cells that hold several classes. */
	MAP_MIXED,
	MAP_PALE_MIXED,
	/* Neither of the two for certain. */
	MAP_DEPENDS,
	MAP_COLOURS,
};

#define MAP_CLASSES_MAX 6

struct map_class {
	enum map_colour colour;
	/* What a tooltip calls it: "RETURN". */
	const char *word;
	/* What it means, for the legend. */
	const char *meaning;
	/* The reader looks for it: a cell that has any of it stands out. If no class is marked, all
	 * cells with several classes do. */
	bool marked;
};

struct map_range {
	uint32_t first;
	uint32_t last;
	/* The index of its class. */
	unsigned int class;
	/* It is named beside the map, and has a ring if it is small. */
	bool listed;
};

struct map {
	const char *title;
	const char *subtitle;
	const struct map_class *classes;
	size_t class_count;
	/* What cells with several classes mean, and those that have none that is marked. */
	const char *mixed;
	const char *mixed_unmarked;
	/* The ranges cover the whole space, in ascending order. */
	size_t range_count;
	void (*range)(const struct map *map, size_t index, struct map_range *range);
	/* Writes what decides in a range, as plain text on one line. */
	void (*describe)(const struct map *map, size_t index, FILE *stream);
	/* What else the reader must know: sentences, ended by NULL. */
	const char *const *notes;
	/* Whose ranges these are, for the two functions. */
	const void *data;
};

#endif
