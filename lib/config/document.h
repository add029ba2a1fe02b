/* SPDX-License-Identifier: Apache-2.0 */
/* The tree that a YAML or JSON text is read into, each node with its place. */
#ifndef LIBIPMASQ_DOCUMENT_H
#define LIBIPMASQ_DOCUMENT_H

#include <string.h>

#include "util/text.h"

enum node_kind {
	NODE_SCALAR,
	NODE_SEQUENCE,
	/* Its children are key, value, key, value... */
	NODE_MAPPING,
};

/* The type of a scalar, by the core rules of YAML 1.1 or by JSON's syntax. */
enum scalar_type {
	/* In quotes, tagged `!!str`, or plain and none of the following. */
	SCALAR_STRING,
	/* Plain and empty, ~, null, Null or NULL. */
	SCALAR_NULL,
	/* A plain word that scalar_bool() takes; in JSON only true and false. */
	SCALAR_BOOL,
	/* A plain integer or float. */
	SCALAR_NUMBER,
	/* A plain `<<` that is a key, where strict reading would refuse it. */
	SCALAR_MERGE,
};

/* In place of the index of a node: there is none. */
#define NODE_NONE UINT32_MAX

struct node {
	/* Of scalars: UTF-8 with a NUL behind it. Escapes may have put NULs into it. */
	const char *value;
	uint32_t value_len;
	/* The place of the first byte in the text. */
	uint32_t offset;
	uint32_t line;
	uint32_t column;
	uint32_t end_column;
	/* Indices of nodes, or NODE_NONE. */
	uint32_t first_child;
	uint32_t next;
	/* The anchored node that an alias stands for, never an alias itself, or NODE_NONE. */
	uint32_t alias_of;
	/* enum node_kind; of an alias that of the anchored node, as are its type and value. */
	uint8_t kind;
	/* enum scalar_type, of scalars. */
	uint8_t type;
	/* Of a root: strict reading would have refused something in its document, other than merge
	 * keys. */
	bool tolerated;
	/* Of a root: there is a merge key in its document. */
	bool merges;
};

struct document {
	struct text *text;
	/* The first is the root of the first document, the roots of others are its siblings. */
	struct node *nodes;
	/* 0: an empty document. */
	size_t count;
	/* Where a second document starts; its text is NULL where there is none. */
	struct pos second;
	bool json;
	struct document_arena *arena;
};

/* An empty document, which keeps a reference to the text. -ENOMEM. */
int document_new(struct text *text, struct document **document);
void document_free(struct document *document);

/* Room for @size bytes that live as long as the document; NULL when there is no memory. */
char *document_reserve(struct document *document, size_t size);

/* The node itself, or the one that it is an alias of. */
const struct node *document_resolve(const struct document *document, const struct node *node);

/* The place of a node; of an alias, not of what it stands for. */
struct pos document_pos(const struct document *document, const struct node *node);

/* Whether a node is a scalar with that value. */
static inline bool node_is_text(const struct node *node, const char *text)
{
	return node->kind == NODE_SCALAR && node->value_len == strlen(text) &&
	       memcmp(node->value, text, node->value_len) == 0;
}

/* Whether a key merges its value, a mapping, into the mapping that it is in. */
static inline bool node_is_merge(const struct node *node)
{
	return node->kind == NODE_SCALAR && node->type == SCALAR_MERGE;
}

#endif
