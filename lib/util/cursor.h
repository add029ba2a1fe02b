/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte of a text, with its line and column. A cursor only moves forward, so that all places of a
 * text are found in one pass. Lines end in LF, CRLF or a lone CR; columns count code points.
 */
#ifndef LIBIPMASQ_CURSOR_H
#define LIBIPMASQ_CURSOR_H

#include "util/text.h"
#include "util/utf8.h"

struct cursor {
	const struct text *text;
	/* In bytes, from 0. */
	size_t offset;
	/* In code points, from 0. */
	size_t index;
	/* Both from 1. */
	uint32_t line;
	uint32_t column;
};

static inline struct cursor cursor_start(const struct text *text)
{
	return (struct cursor){ .text = text, .line = 1, .column = 1 };
}

/* Moves on by one character. The cursor must not be at the end of the text. */
static inline void cursor_step(struct cursor *cursor)
{
	const char *p = cursor->text->data + cursor->offset;
	unsigned char c = (unsigned char)*p;

	cursor->offset += utf8_length(*p);
	cursor->index++;
	cursor->column++;
	if (c == '\n' || (c == '\r' && p[1] != '\n')) {
		cursor->line++;
		cursor->column = 1;
	}
}

static inline void cursor_to_offset(struct cursor *cursor, size_t offset)
{
	while (cursor->offset < offset && cursor->offset < cursor->text->size)
		cursor_step(cursor);
}

static inline void cursor_to_index(struct cursor *cursor, size_t index)
{
	while (cursor->index < index && cursor->offset < cursor->text->size)
		cursor_step(cursor);
}

/* The place from @start to @end, or to the end of the first line where that comes first. */
struct pos cursor_span(const struct cursor *start, const struct cursor *end);

/* The same in the file that the user edits: for a text within a manifest, the manifest. */
struct pos cursor_pos(const struct cursor *start, const struct cursor *end);

#endif
