/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the characters of a text that may not be valid UTF-8. */
#ifndef IPMASQ_UTF8_H
#define IPMASQ_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a byte of a valid text starts a character. */
static inline bool utf8_starts_character(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

/*
 * Returns the number of bytes of the UTF-8 character at @text, or 0 when there is none (RFC 3629).
 * The text ends with a NUL.
 */
size_t utf8_length(const char *text);

/*
 * Copies a text and replaces each byte that belongs to no character with U+FFFD. The caller frees
 * the copy. Returns NULL when memory runs out.
 */
char *utf8_copy(const char *text);

#endif
