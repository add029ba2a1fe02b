/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which line and column is this byte of a text? A cursor only walks forward, so that finding all
 * places of a text costs one walk over it. Lines end in LF, CRLF or a lone CR; columns count code
 * points.
 */
#ifndef LIBIPMASQ_CURSOR_H
#define LIBIPMASQ_CURSOR_H

#include "util/text.h"
#include "util/utf8.h"

struct cursor {
	const struct text *text;
	size_t offset; /* in bytes, from 0 */
	size_t index; /* in code points, from 0 */
	uint32_t line; /* from 1, as is the column */
	uint32_t column;
};

static inline struct cursor cursor_start(const struct text *text)
{
	return (struct cursor){ .text = text, .line = 1, .column = 1 };
}

/* The caller has made sure that the text goes on. */
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

/* The stretch from @start to @end, or to the end of its line where that comes first. */
struct pos cursor_span(const struct cursor *start, const struct cursor *end);

/* The same in the file that the user edits, which is another one for a text within a manifest. */
struct pos cursor_pos(const struct cursor *start, const struct cursor *end);

#endif
