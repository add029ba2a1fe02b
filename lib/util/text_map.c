/* SPDX-License-Identifier: Apache-2.0 */
/* Finds places of an inner text in the outer one. */
#include "util/text_map.h"

#include <stdlib.h>

#include "util/utf8.h"

int text_map_new(struct text *outer, struct text_map **map)
{
	struct text_map *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->outer = text_ref(outer);
	*map = made;
	return 0;
}

int text_map_add(struct text_map *map, const struct text_piece *piece)
{
	int r = array_grow(&map->pieces, &map->capacity, map->count, sizeof(*piece));

	if (r == 0)
		map->pieces[map->count++] = *piece;
	return r;
}

bool text_map_is_one_line(const struct text_map *map)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->pieces[i].line != map->pieces[0].line)
			return false;
	return true;
}

bool text_map_is_verbatim(const struct text_map *map)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->pieces[i].width)
			return false;
	return true;
}

struct text *text_map_origin(struct text *text)
{
	while (text->map)
		text = text->map->outer;
	return text;
}

/* The piece that holds an offset. */
static size_t find_piece(const struct text_map *map, size_t offset)
{
	size_t low = 0;
	size_t high = map->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (map->pieces[middle].inner <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The column after the character at @offset, which is in piece @index. */
static uint32_t column_after(const struct text *text, size_t index, size_t offset)
{
	const struct text_piece *piece = &text->map->pieces[index];

	if (piece->width)
		return piece->column + piece->width;
	return piece->column +
	       (uint32_t)utf8_count(text->data + piece->inner, offset + 1 - piece->inner);
}

/* The offset of the last character of a stretch that is not empty. */
static size_t last_offset(const struct pos *pos)
{
	const struct text *text = pos->text;
	uint32_t width = pos->end_column - pos->column;
	size_t last = pos->offset;
	size_t at = pos->offset;

	for (; width > 0 && at < text->size; width--) {
		last = at++;
		while (at < text->size && !utf8_starts_character(text->data[at]))
			at++;
	}
	return last;
}

/* The place in the text that the inner one was taken out of. */
static struct pos outer_pos(struct pos inner)
{
	const struct text *text = inner.text;
	const struct text_map *map = text->map;
	const struct text_piece *piece;
	struct pos pos;
	size_t index;
	size_t last;
	size_t until;

	index = find_piece(map, inner.offset);
	piece = &map->pieces[index];
	pos = (struct pos){
		.text = map->outer,
		.offset = piece->outer,
		.line = piece->line,
		.column = piece->column,
	};
	if (!piece->width) {
		pos.offset += inner.offset - piece->inner;
		pos.column += (uint32_t)utf8_count(text->data + piece->inner,
						   inner.offset - piece->inner);
	}
	pos.end_column = pos.column;
	if (inner.end_column <= inner.column)
		return pos;
	last = last_offset(&inner);
	until = find_piece(map, last);
	while (until > index && map->pieces[until].line != pos.line) {
		last = map->pieces[until].inner - 1;
		until--;
	}
	pos.end_column = column_after(text, until, last);
	return pos;
}

struct pos text_map_pos(struct pos inner)
{
	while (inner.text && inner.text->map && inner.text->map->count > 0)
		inner = outer_pos(inner);
	return inner;
}
