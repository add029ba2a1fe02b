/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A named text that findings and entries point into, and a place in it. Texts are counted, since
 * what points into one (findings, policies) outlives the configuration it was read for.
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
	char *name; /* as the user gave it */
	struct text_map *map; /* of a text that was taken out of another one; else NULL */
	struct text_quoted *quoted; /* stretches of this text; see text_note_quoted() */
	size_t quoted_count;
	size_t quoted_capacity;
	char data[]; /* UTF-8, a NUL after the last byte */
};

/* One place, or one stretch within one line. All zero means: in no file, built in. */
struct pos {
	const struct text *text;
	uint32_t offset; /* of the first byte, from 0 */
	uint32_t line; /* from 1; 0 for the file as a whole */
	uint32_t column; /* from 1, in characters */
	uint32_t end_column; /* after the last character */
};

/* A place as the caller reads it. */
struct ipmasq_place pos_place(const struct pos *pos);

/* Allocates a text of @size bytes, all of them to be filled in by the caller. -ENOMEM. */
int text_new(const char *name, size_t size, struct text **text);
struct text *text_ref(const struct text *text); /* NULL is allowed, here and below */
void text_unref(const struct text *text);

/* A scalar that holds a text of its own: what may be written in place of bytes in it? */
enum text_quoting {
	TEXT_DOUBLE_QUOTED, /* all but double quotes and backslashes, and no part of an escape */
	TEXT_SINGLE_QUOTED, /* all but single quotes */
	TEXT_FIXED, /* nothing: its bytes are not those of the text in it */
};

/* Remembers that such a scalar stands from @begin up to @end. -ENOMEM. */
int text_note_quoted(struct text *text, size_t begin, size_t end, enum text_quoting quoting);

/* Whether @replacement can be written in place of @length bytes at @offset and mean there what it
 * says. */
bool text_takes(const struct text *text, size_t offset, size_t length, const char *replacement);

/* How many bytes an escape of a double-quoted scalar has, from its backslash on. */
size_t text_escape_length(const char *escape);

#endif
