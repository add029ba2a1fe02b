/* SPDX-License-Identifier: Apache-2.0 */
/* The characters of ASCII, whatever the locale of the process. */
#ifndef LIBIPMASQ_ASCII_H
#define LIBIPMASQ_ASCII_H

#include "util/common.h"

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Any character that only separates others, also the end of a line. */
static inline bool ascii_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A space or tab: what separates words within a line. */
static inline bool ascii_is_space(char c)
{
	return c == ' ' || c == '\t';
}

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Whether two texts of @len bytes are the same but for the case of their letters. */
static inline bool ascii_equal_ignoring_case(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	return true;
}

#endif
