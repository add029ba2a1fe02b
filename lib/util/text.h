/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A named text, and places in it. Users of a text are counted, because findings and policies, which
 * point into it, outlive the configuration that it was read for.
 */
#ifndef LIBIPMASQ_TEXT_H
#define LIBIPMASQ_TEXT_H

#include <stdatomic.h>

#include "util/common.h"

/* Where each byte of a text stands in the text that it was taken out of; text_map.h fills it. */
struct text_map {
	struct text *outer;
	struct text_piece *pieces;
	size_t count;
	size_t capacity;
};

struct text {
	atomic_uint refs;
	size_t size;
	/* As the user gave it. */
	char *name;
	/* Of a text that was taken out of another one; else NULL. */
	struct text_map *map;
	/* See text_note_quoted(). */
	struct text_quoted *quoted;
	size_t quoted_count;
	size_t quoted_capacity;
	/* UTF-8, with a NUL after the last byte. */
	char data[];
};

/* A place in a text: a stretch within one line. All zero: no place, as of what is built in. */
struct pos {
	const struct text *text;
	/* Of the first byte, from 0. */
	uint32_t offset;
	/* From 1; 0 for the file as a whole. */
	uint32_t line;
	/* From 1, in characters. */
	uint32_t column;
	/* After the last character. */
	uint32_t end_column;
};

/* A place as the caller reads it. */
struct ipmasq_place pos_place(const struct pos *pos);

/* Allocates a text of @size bytes, which the caller fills in. -ENOMEM. */
int text_new(const char *name, size_t size, struct text **text);
/* Both take NULL as well. */
struct text *text_ref(const struct text *text);
void text_unref(const struct text *text);

/* What may be written in place of bytes of a scalar that holds a text of its own. */
enum text_quoting {
	/* All but double quotes and backslashes, in place of whole escapes only. */
	TEXT_DOUBLE_QUOTED,
	/* All but single quotes. */
	TEXT_SINGLE_QUOTED,
	/* It has several lines, without `|`: anything within one of them, apart from quotes and
	 * backslashes where it has quotes. No edit is certain. */
	TEXT_FOLDED,
	/* Nothing: its bytes are not those of the text in it. */
	TEXT_FIXED,
};

/* Remembers such a scalar, from @begin up to @end. -ENOMEM. */
int text_note_quoted(struct text *text, size_t begin, size_t end, enum text_quoting quoting);

/* Whether @replacement, written in place of @length bytes at @offset, is read there as it is. */
bool text_takes(const struct text *text, size_t offset, size_t length, const char *replacement);

/*
 * Writes @replacement as it must be written in place of @length bytes at @offset: with escapes
 * where a scalar around it needs them. @literal is for the caller to free, and becomes NULL where
 * it cannot be written there. -ENOMEM.
 */
int text_literal(const struct text *text, size_t offset, size_t length, const char *replacement,
		 char **literal);

/* Whether edits may be certain at an offset: it is not in a scalar of several lines without `|`. */
bool text_is_editable(const struct text *text, size_t offset);

/* Whether a scalar that holds a text of its own is around an offset, and its text is not written
 * there as it is. */
bool text_is_quoted(const struct text *text, size_t offset);

/* The length of an escape of a double-quoted scalar, in bytes with its backslash. */
size_t text_escape_length(const char *escape);

#endif
