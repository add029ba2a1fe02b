/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of a map. */
#include "explain/map_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli_say.h"
#include "cli/utf8.h"

const char *map_text_number(uint64_t number, char text[MAP_TEXT_MAX])
{
	char digits[MAP_TEXT_MAX];
	size_t count = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, number);
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			text[length++] = ',';
		text[length++] = digits[i];
	}
	text[length] = '\0';
	return text;
}

const char *map_text_share(uint64_t addresses, char text[MAP_TEXT_MAX])
{
	uint64_t space = UINT64_C(1) << 32;
	unsigned int tenths = (unsigned int)((addresses * 1000 + space / 2) >> 32);

	/* What is there is not 0 %, and what is not all is not 100 %. */
	if (tenths == 0 && addresses > 0)
		snprintf(text, MAP_TEXT_MAX, "under 0.1 %%");
	else if (tenths == 1000 && addresses < space)
		snprintf(text, MAP_TEXT_MAX, "over 99.9 %%");
	else
		snprintf(text, MAP_TEXT_MAX, "%u.%u %%", tenths / 10, tenths % 10);
	return text;
}

static void put_bytes(uint32_t address, uint8_t bytes[16])
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(address >> (24 - 8 * i));
}

const char *map_text_range(uint32_t first, uint32_t last, char text[IPMASQ_TEXT_MAX])
{
	uint8_t ends[2][16] = { { 0 } };

	put_bytes(first, ends[0]);
	put_bytes(last, ends[1]);
	return ipmasq_format_range(IPMASQ_IPV4, ends[0], ends[1], text);
}

/* The place in a text after so many characters. */
static char *after(char *text, size_t characters)
{
	for (; *text && characters > 0; characters--)
		text += utf8_length(text);
	return text;
}

char *map_text_cut(const char *text, size_t max)
{
	static const char ellipsis[] = "\xe2\x80\xa6";
	char *copy = utf8_copy(text);
	size_t count = 0;
	char *head;
	char *tail;

	if (!copy)
		cli_die(ENOMEM, "cannot draw the map");
	for (const char *at = copy; *at; at++)
		count += utf8_starts_character(*at);
	if (count > max) {
		/* What is left out is longer than the ellipsis. */
		tail = after(copy, count - max / 2);
		head = after(copy, max - max / 2 - sizeof(ellipsis));
		memcpy(head, ellipsis, sizeof(ellipsis) - 1);
		memmove(head + sizeof(ellipsis) - 1, tail, strlen(tail) + 1);
	}
	return copy;
}

char *map_text_description(const struct map *map, size_t index, size_t max)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	char *cut;

	if (memory)
		map->describe(map, index, memory);
	if (!memory || fclose(memory) != 0)
		cli_die(ENOMEM, "cannot draw the map");
	cut = map_text_cut(text, max);
	free(text);
	return cut;
}
