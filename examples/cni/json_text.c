/* SPDX-License-Identifier: Apache-2.0 */
/* Reads JSON with json-c, by the letter of the standard in any release of it. */
#include "cni/json_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What others nest: a chain of plugins adds little to this. */
#define DEPTH_MAX 100

/* Fewer digits fit into 64 bits. */
#define WHOLE_DIGITS 19

size_t json_character_size(const char *at)
{
	const unsigned char *text = (const unsigned char *)at;
	static const struct {
		unsigned char first, last, second_first, second_last;
		size_t size;
	} forms[] = {
		{ 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (text[0] < forms[i].first || text[0] > forms[i].last)
			continue;
		for (size_t k = 1; k < forms[i].size; k++) {
			unsigned char first = k == 1 ? forms[i].second_first : 0x80;
			unsigned char last = k == 1 ? forms[i].second_last : 0xbf;

			if (text[k] < first || text[k] > last)
				return 0;
		}
		return forms[i].size;
	}
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether a whole number begins there, not a fraction or an exponent. */
static bool is_whole(const char *text, size_t at, size_t digits, size_t size)
{
	char before = at > 0 ? text[at - 1] : ' ';

	if (before == '-' && at > 1)
		before = text[at - 2];
	if (text[at] == '0' || strchr(".eE+", before))
		return false;
	return at + digits == size || !strchr(".eE", text[at + digits]);
}

/* What json-c 0.18 refuses in its strict mode, although it is good JSON: whole numbers of more than
 * 64 bits become fractions of the same length, and characters that are not ASCII become others. */
static void make_plain(char *text, size_t size)
{
	bool in_string = false;

	for (size_t i = 0; i < size; i++) {
		size_t digits = 0;

		if ((unsigned char)text[i] > 0x7f)
			text[i] = '?';
		if (text[i] == '"')
			in_string = !in_string;
		else if (in_string && text[i] == '\\')
			i++;
		if (in_string)
			continue;
		while (i + digits < size && is_digit(text[i + digits]))
			digits++;
		if (digits >= WHOLE_DIGITS && is_whole(text, i, digits, size))
			text[i + 1] = '.';
		if (digits > 0)
			i += digits - 1;
	}
}

static int check_characters(const char *text, size_t size, struct json_fault *fault)
{
	for (size_t i = 0; i < size;) {
		size_t bytes = json_character_size(text + i);

		if (bytes == 0) {
			*fault = (struct json_fault){ i, "a byte that is not UTF-8" };
			return -1;
		}
		i += bytes;
	}
	return 0;
}

/* Parses with flags of json-c. */
static int parse(const char *text, size_t size, int flags, struct json_object **root,
		 struct json_fault *fault)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	enum json_tokener_error error;

	if (!tokener)
		return -1;
	json_tokener_set_flags(tokener, flags);
	*root = json_tokener_parse_ex(tokener, text, (int)size);
	error = json_tokener_get_error(tokener);
	fault->offset = (size_t)tokener->char_offset;
	json_tokener_free(tokener);
	if (error == json_tokener_success)
		return 0;
	if (fault->offset > size)
		fault->offset = size;
	fault->why = error == json_tokener_continue ? "the JSON text ends too early"
						    : json_tokener_error_desc(error);
	return -1;
}

/* Whether it is JSON is asked of the copy, which ends with a NUL; what it says, of the text itself.
 */
static int read_copied(const char *text, char *copy, size_t size, struct json_object **root,
		       struct json_fault *fault)
{
	struct json_object *strict = NULL;
	int r = check_characters(copy, size, fault);

	if (r < 0)
		return r;
	make_plain(copy, size);
	r = parse(copy, size, JSON_TOKENER_STRICT, &strict, fault);
	json_object_put(strict);
	return r < 0 ? r : parse(text, size, 0, root, fault);
}

int json_text_read(const char *text, size_t size, struct json_object **root,
		   struct json_fault *fault)
{
	char *copy = malloc(size + 1);
	int r;

	*fault = (struct json_fault){ .why = NULL };
	if (!copy)
		return -1;
	memcpy(copy, text, size);
	copy[size] = '\0';
	r = read_copied(text, copy, size, root, fault);
	free(copy);
	return r;
}
