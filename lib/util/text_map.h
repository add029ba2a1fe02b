/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where does a byte of a text stand in the text that it was taken out of? Piece by piece: a piece
 * either stands there as it is, or is one stretch written in another way, such as an escape.
 */
#ifndef LIBIPMASQ_TEXT_MAP_H
#define LIBIPMASQ_TEXT_MAP_H

#include "util/text.h"

struct text_piece {
	uint32_t inner; /* offset of its first byte; it ends where the next piece begins */
	uint32_t outer; /* where that is written */
	uint32_t line;
	uint32_t column;
	uint32_t width; /* 0: byte for byte; else how many characters stand for all of it */
};

/* A map without pieces. @outer is referenced. -ENOMEM. */
int text_map_new(struct text *outer, struct text_map **map);

/* Appends a piece; they come in the order of the inner text, the first at 0. -ENOMEM. */
int text_map_add(struct text_map *map, const struct text_piece *piece);

bool text_map_is_one_line(const struct text_map *map);

/* Whether all pieces stand there byte for byte. */
bool text_map_is_verbatim(const struct text_map *map);

/* The text that places of @text point into: the outermost one. */
struct text *text_map_origin(struct text *text);

/* The same place in the outer text; a stretch that goes over several lines there ends with its
 * first. */
struct pos text_map_pos(struct pos inner);

#endif
