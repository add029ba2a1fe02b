/* SPDX-License-Identifier: Apache-2.0 */
/* JSON on stdout. */
#include "cli/json.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli_say.h"
#include "cli/utf8.h"

static _Noreturn void die_without_memory(void)
{
	cli_die(-ENOMEM, "cannot write JSON");
}

static struct json_object *need_object(struct json_object *made)
{
	if (!made)
		die_without_memory();
	return made;
}

struct json_object *json_new_object(void)
{
	return need_object(json_object_new_object());
}

struct json_object *json_new_array(void)
{
	return need_object(json_object_new_array());
}

struct json_object *json_new_number(int64_t number)
{
	return need_object(json_object_new_int64(number));
}

struct json_object *json_new_bool(bool value)
{
	return need_object(json_object_new_boolean(value));
}

struct json_object *json_new_text(const char *text)
{
	struct json_object *string;
	char *copy;

	if (!text)
		return NULL;
	copy = utf8_copy(text);
	if (!copy)
		die_without_memory();
	string = need_object(json_object_new_string(copy));
	free(copy);
	return string;
}

struct json_object *json_new_pair(const char *key, struct json_object *value)
{
	struct json_object *object = json_new_object();

	json_add(object, key, value);
	return object;
}

struct json_object *json_new_array_of(struct json_object *only)
{
	struct json_object *array = json_new_array();

	json_append(array, only);
	return array;
}

void json_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) != 0)
		die_without_memory();
}

void json_add_place(struct json_object *object, const struct ipmasq_place *place)
{
	bool known = place->file && place->line;

	json_add(object, "file", json_new_text(place->file));
	json_add(object, "line", known ? json_new_number(place->line) : NULL);
	json_add(object, "column", known ? json_new_number(place->column) : NULL);
}

void json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value) != 0)
		die_without_memory();
}

void json_print(struct json_object *object, int style)
{
	const char *text = json_object_to_json_string_ext(object, style);

	if (!text)
		die_without_memory();
	fputs(text, stdout);
	json_object_put(object);
}

void json_list_open(struct json_list *list)
{
	list->count = 0;
	putchar('[');
}

void json_list_put(struct json_list *list, struct json_object *object)
{
	fputs(list->count++ ? ",\n  " : "\n  ", stdout);
	json_print(object, JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
}

void json_list_close(const struct json_list *list)
{
	puts(list->count ? "\n]" : "]");
}
