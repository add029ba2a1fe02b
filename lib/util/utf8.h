/* SPDX-License-Identifier: Apache-2.0 */
/* The characters of UTF-8 texts, and a check for texts that are not UTF-8. */
#ifndef LIBIPMASQ_UTF8_H
#define LIBIPMASQ_UTF8_H

#include "util/common.h"

/* Whether a byte of a valid text starts a character. */
static inline bool utf8_starts_character(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

/* The length in bytes of the character that starts with @first, in a valid text. */
static inline size_t utf8_length(char first)
{
	unsigned char c = (unsigned char)first;

	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* The end of the last character that ends at or before @limit. */
static inline size_t utf8_cut(const char *text, size_t len, size_t limit)
{
	if (limit >= len)
		return len;
	while (limit > 0 && !utf8_starts_character(text[limit]))
		limit--;
	return limit;
}

/* How many characters start in @len bytes. */
size_t utf8_count(const char *text, size_t len);

/* The offset of the first byte from @from on that is not valid UTF-8 or is NUL; @size where there
 * is none. */
size_t utf8_find_invalid(const char *data, size_t from, size_t size);

/* Writes a character, up to four bytes; returns the end. @code is a valid code point. */
char *utf8_put(char *out, uint32_t code);

#endif
