/* SPDX-License-Identifier: Apache-2.0 */
/* Checks and writes UTF-8 (RFC 3629). */
#include "util/utf8.h"

#include <string.h>

size_t utf8_count(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += utf8_starts_character(text[i]);
	return count;
}

/* The length of the UTF-8 sequence at @p; 0 when it is none, or a NUL byte. */
static size_t sequence_length(const unsigned char *p, size_t left)
{
	static const struct {
		/* The range of the first byte. */
		unsigned char first, last;
		/* The range of the second one, without overlong forms and surrogates. */
		unsigned char low, high;
		unsigned char length;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	if (p[0] < 0x80)
		return p[0] != 0;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (left < forms[i].length || p[1] < forms[i].low || p[1] > forms[i].high)
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

/* A number of bytes from @p on that are ASCII and not NUL. It tests whole words, and may stop
 * before the last of them. */
static size_t ascii_length(const unsigned char *p, size_t left)
{
	size_t at = 0;
	uint64_t word;

	for (; left - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, p + at, sizeof(word));
		if ((word | (word - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080))
			break;
	}
	return at;
}

size_t utf8_find_invalid(const char *data, size_t from, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)data;
	size_t at = from;

	while (at < size) {
		size_t len;

		at += ascii_length(bytes + at, size - at);
		if (at == size)
			break;
		len = sequence_length(bytes + at, size - at);
		if (len == 0)
			break;
		at += len;
	}
	return at;
}

char *utf8_put(char *out, uint32_t code)
{
	if (code < 0x80) {
		*out++ = (char)code;
		return out;
	}
	if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*out++ = (char)(0xe0 | code >> 12);
		} else {
			*out++ = (char)(0xf0 | code >> 18);
			*out++ = (char)(0x80 | (code >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (code & 0x3f));
	return out;
}
