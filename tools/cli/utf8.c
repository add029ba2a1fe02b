/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the characters of a text that may not be valid UTF-8. */
#include "cli/utf8.h"

#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

size_t utf8_length(const char *text)
{
	static const struct {
		unsigned char mask, lead, second_min, second_max, size;
	} shapes[] = {
		{ 0x80, 0x00, 0x00, 0xff, 1 }, { 0xff, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xff, 0xed, 0x80, 0x9f, 3 }, { 0xff, 0xf0, 0x90, 0xbf, 4 },
		{ 0xff, 0xf4, 0x80, 0x8f, 4 }, { 0xfe, 0xc0, 0x01, 0x00, 0 },
		{ 0xe0, 0xc0, 0x80, 0xbf, 2 }, { 0xf0, 0xe0, 0x80, 0xbf, 3 },
		{ 0xfc, 0xf0, 0x80, 0xbf, 4 },
	};
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if ((bytes[0] & shapes[i].mask) != shapes[i].lead)
			continue;
		if (shapes[i].size == 1)
			return 1;
		if (bytes[1] < shapes[i].second_min || bytes[1] > shapes[i].second_max)
			return 0;
		for (size_t k = 2; k < shapes[i].size; k++)
			if ((bytes[k] & 0xc0) != 0x80)
				return 0;
		return shapes[i].size;
	}
	return 0;
}

char *utf8_copy(const char *text)
{
	size_t replacement = sizeof(REPLACEMENT) - 1;
	char *copy = malloc(replacement * strlen(text) + 1);
	char *out = copy;

	if (!copy)
		return NULL;
	while (*text) {
		size_t length = utf8_length(text);

		if (length > 0) {
			memcpy(out, text, length);
			out += length;
			text += length;
		} else {
			memcpy(out, REPLACEMENT, replacement);
			out += replacement;
			text++;
		}
	}
	*out = '\0';
	return copy;
}
