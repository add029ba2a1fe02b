/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each byte of a text stands in the outer text that it was taken out of, piece by piece. A
 * piece stands there either byte for byte, or as one stretch that is written differently, such as
 * an escape.
 */
#ifndef LIBIPMASQ_TEXT_MAP_H
#define LIBIPMASQ_TEXT_MAP_H

#include "util/text.h"

struct text_piece {
	/* The offset of its first byte. It ends where the next piece begins. */
	uint32_t inner;
	/* The place of that byte in the outer text. */
	uint32_t outer;
	uint32_t line;
	uint32_t column;
	/* 0: byte for byte; else how many characters of the outer text stand for all of it. */
	uint32_t width;
};

/* Makes a map without pieces, which keeps a reference to @outer. -ENOMEM. */
int text_map_new(struct text *outer, struct text_map **map);

/* Appends a piece. Pieces are in the order of the inner text, and the first is at 0. -ENOMEM. */
int text_map_add(struct text_map *map, const struct text_piece *piece);

/* Whether all pieces stand in one line of the outer text. */
bool text_map_is_one_line(const struct text_map *map);

/* Whether all pieces are byte for byte. */
bool text_map_is_verbatim(const struct text_map *map);

/* The text that the user edits: the outermost one, or the text itself where it has none. */
struct text *text_map_origin(struct text *text);

/* The same place in the text that the user edits. A place that is several lines there ends with the
 * first. */
struct pos text_map_pos(struct pos inner);

#endif
