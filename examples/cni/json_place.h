/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things stand in a JSON text. json-c reads values and forgets their places; what is here
 * finds them again, in a text that json-c has accepted.
 */
#ifndef IPMASQ_CNI_JSON_PLACE_H
#define IPMASQ_CNI_JSON_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes from @start up to but not including @end. Both 0: nothing. */
struct json_span {
	size_t start;
	size_t end;
};

/* The value that begins at or after @at, and ends before @end. */
struct json_span json_value(const char *text, size_t at, size_t end);

/* Where a single quote stands that is in no string; @size: nowhere. json-c takes it around keys,
 * even if it is told to be strict. */
size_t json_single_quote(const char *text, size_t size);

/* The members of an object, or the items of an array, one after the other. */
struct json_walk {
	const char *text;
	size_t at;
	size_t end;
	bool object;
};

struct json_walk json_walk(const char *text, struct json_span value);

/* The next one. Of an item @key is empty. False: there are no more. */
bool json_next(struct json_walk *walk, struct json_span *key, struct json_span *value);

/* Whether the string at @span says @word. */
bool json_is(const char *text, struct json_span span, const char *word);

/* Where the place is as a person counts: from 1, columns in characters. */
void json_count(const char *text, size_t offset, unsigned int *line, unsigned int *column);

/* How one gets there: "policy.masqueradeCIDRs[2]". Of the caller; NULL: no memory. */
char *json_path(const char *text, size_t size, size_t offset);

#endif
