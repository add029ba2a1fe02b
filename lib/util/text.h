/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A named text that findings and entries point into, and a place in it. Texts are counted, since
 * what points into one (findings, policies) outlives the configuration it was read for.
 */
#ifndef LIBIPMASQ_TEXT_H
#define LIBIPMASQ_TEXT_H

#include <stdatomic.h>

#include "common.h"

struct text {
	atomic_uint refs;
	size_t size;
	char *name; /* as the user gave it */
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

/* Allocates a text of @size bytes, all of them to be filled in by the caller. -ENOMEM. */
int text_new(const char *name, size_t size, struct text **text);
struct text *text_ref(const struct text *text); /* NULL is allowed, here and below */
void text_unref(const struct text *text);

#endif
