/* SPDX-License-Identifier: Apache-2.0 */
/* Places in a JSON text. Nothing here reads past the end, whatever the text. */
#include "cni/json_place.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_blanks(const char *text, size_t at, size_t end)
{
	while (at < end && is_blank(text[at]))
		at++;
	return at;
}

/* Past the string that begins at @at. */
static size_t skip_string(const char *text, size_t at, size_t end)
{
	for (at++; at < end; at++) {
		if (text[at] == '"')
			return at + 1;
		if (text[at] == '\\')
			at++;
	}
	return end;
}

/* Past a number, or one of the words true, false and null. */
static size_t skip_word(const char *text, size_t at, size_t end)
{
	while (at < end && !is_blank(text[at]) && !memchr(",:]}[{\"", text[at], 7))
		at++;
	return at;
}

/* Past the object or array that begins at @at. */
static size_t skip_nest(const char *text, size_t at, size_t end)
{
	size_t depth = 0;

	while (at < end) {
		char c = text[at];

		if (c == '"') {
			at = skip_string(text, at, end);
			continue;
		}
		at++;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return at;
	}
	return end;
}

struct json_span json_value(const char *text, size_t at, size_t end)
{
	struct json_span value;

	value.start = value.end = skip_blanks(text, at, end);
	if (value.start == end)
		return value;
	switch (text[value.start]) {
	case '"':
		value.end = skip_string(text, value.start, end);
		break;
	case '{':
	case '[':
		value.end = skip_nest(text, value.start, end);
		break;
	default:
		value.end = skip_word(text, value.start, end);
	}
	return value;
}

size_t json_single_quote(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size && text[at] != '\'')
		at = text[at] == '"' ? skip_string(text, at, size) : at + 1;
	return at;
}

struct json_walk json_walk(const char *text, struct json_span value)
{
	struct json_walk walk = { .text = text, .at = value.end, .end = value.end };

	if (value.end - value.start < 2 || (text[value.start] != '{' && text[value.start] != '['))
		return walk;
	walk.object = text[value.start] == '{';
	walk.at = value.start + 1;
	walk.end = value.end - 1;
	return walk;
}

bool json_next(struct json_walk *walk, struct json_span *key, struct json_span *value)
{
	const char *text = walk->text;

	*key = (struct json_span){ 0 };
	walk->at = skip_blanks(text, walk->at, walk->end);
	if (walk->at < walk->end && text[walk->at] == ',')
		walk->at = skip_blanks(text, walk->at + 1, walk->end);
	if (walk->at >= walk->end)
		return false;
	if (walk->object) {
		*key = json_value(text, walk->at, walk->end);
		walk->at = skip_blanks(text, key->end, walk->end);
		if (walk->at < walk->end && text[walk->at] == ':')
			walk->at++;
	}
	*value = json_value(text, walk->at, walk->end);
	if (value->end <= walk->at)
		return false;
	walk->at = value->end;
	return true;
}

bool json_is(const char *text, struct json_span span, const char *word)
{
	size_t size = span.end - span.start;
	struct json_tokener *tokener;
	struct json_object *string;
	bool same;

	if (size < 2)
		return false;
	if (!memchr(text + span.start, '\\', size))
		return size - 2 == strlen(word) &&
		       memcmp(text + span.start + 1, word, size - 2) == 0;
	if (size > 4096)
		return false;
	tokener = json_tokener_new();
	if (!tokener)
		return false;
	string = json_tokener_parse_ex(tokener, text + span.start, (int)size);
	same = json_object_is_type(string, json_type_string) &&
	       strcmp(json_object_get_string(string), word) == 0;
	json_object_put(string);
	json_tokener_free(tokener);
	return same;
}

void json_count(const char *text, size_t offset, unsigned int *line, unsigned int *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			++*line;
			*column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}

/* The child of @value at @offset, as json_next() has it; its number goes to @index. */
static bool child_at(const char *text, struct json_span value, size_t offset, struct json_span *key,
		     struct json_span *child, size_t *index)
{
	struct json_walk walk = json_walk(text, value);

	for (*index = 0; json_next(&walk, key, child); ++*index) {
		size_t start = walk.object ? key->start : child->start;

		if (offset >= start && offset < child->end)
			return true;
	}
	return false;
}

char *json_path(const char *text, size_t size, size_t offset)
{
	struct json_span value = json_value(text, 0, size), key, child;
	char *path = NULL;
	size_t length, index;
	FILE *stream = open_memstream(&path, &length);

	if (!stream)
		return NULL;
	while (child_at(text, value, offset, &key, &child, &index)) {
		if (key.end - key.start >= 2)
			fprintf(stream, "%s%.*s", ftell(stream) > 0 ? "." : "",
				(int)(key.end - key.start - 2), text + key.start + 1);
		else
			fprintf(stream, "[%zu]", index);
		value = child;
	}
	if (fclose(stream) != 0) {
		free(path);
		return NULL;
	}
	return path;
}
