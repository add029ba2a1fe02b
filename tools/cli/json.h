/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON on stdout. Running out of memory ends the process in all of these functions. Objects that
 * are added to others belong to them from then on.
 */
#ifndef IPMASQ_CLI_JSON_H
#define IPMASQ_CLI_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "ipmasq.h"

struct json_object *json_new_object(void);
struct json_object *json_new_array(void);
struct json_object *json_new_number(int64_t number);
struct json_object *json_new_bool(bool value);

/*
 * A string, or null for NULL. JSON is UTF-8, but file names are bytes: a byte that belongs to no
 * character becomes U+FFFD.
 */
struct json_object *json_new_text(const char *text);

/* An object with one member, and an array with one element. */
struct json_object *json_new_pair(const char *key, struct json_object *value);
struct json_object *json_new_array_of(struct json_object *only);

/* @value may be NULL, which is written as null. */
void json_add(struct json_object *object, const char *key, struct json_object *value);

/* Adds the members "file", "line" and "column", which are null without a file. */
void json_add_place(struct json_object *object, const struct ipmasq_place *place);

void json_append(struct json_object *array, struct json_object *value);

/* Prints an object on stdout and frees it. @style is a set of JSON_C_TO_STRING_ flags. */
void json_print(struct json_object *object, int style);

/*
 * An array on stdout that is written object by object, so that its length costs no memory. The list
 * frees the objects.
 */
struct json_list {
	size_t count;
};

void json_list_open(struct json_list *list);
void json_list_put(struct json_list *list, struct json_object *object);
void json_list_close(const struct json_list *list);

#endif
