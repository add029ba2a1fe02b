/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A piece of JSON as a tree, for what programs print: it is read as leniently as is harmless, and
 * without places. It is not json-c, of which version 0.16 crashes where memory runs out.
 */
#ifndef LIBIPMASQ_NAT_JSON_TREE_H
#define LIBIPMASQ_NAT_JSON_TREE_H

#include "util/buf.h"

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

#define JSON_NONE UINT32_MAX

struct json_node {
	enum json_kind kind;
	/* Offsets of texts: its name in an object, and what it is, of strings and numbers. */
	size_t key;
	size_t text;
	/* Numbers of nodes, or JSON_NONE. */
	uint32_t child;
	uint32_t next;
};

/* May be filled again and again. */
struct json_tree {
	struct json_node *nodes;
	size_t count;
	size_t capacity;
	/* All texts, each with a NUL after it. */
	struct buf texts;
};

/* -EINVAL: it is no JSON, or nested too deep. -ENOMEM. */
int json_tree_read(struct json_tree *tree, const char *text, size_t len);
void json_tree_release(struct json_tree *tree);

/* NULL where there is none; all take NULL as well. */
const struct json_node *json_root(const struct json_tree *tree);
const struct json_node *json_child(const struct json_tree *tree, const struct json_node *node);
const struct json_node *json_next(const struct json_tree *tree, const struct json_node *node);
const struct json_node *json_member(const struct json_tree *tree, const struct json_node *node,
				    const char *name);

/* "" where there is none. */
const char *json_key(const struct json_tree *tree, const struct json_node *node);
/* Of a string or number; "" for others. */
const char *json_text(const struct json_tree *tree, const struct json_node *node);

/* The length of the value that begins at @text: an object, array or string by its end, anything
 * else up to a comma, bracket or brace. @size where it does not end. */
size_t json_length(const char *text, size_t size);

/* Whether what separates values in JSON. */
static inline bool json_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

#endif
