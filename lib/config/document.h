/* SPDX-License-Identifier: Apache-2.0 */
/* Is this well-formed YAML or JSON, and where is each node? */
#ifndef LIBIPMASQ_DOCUMENT_H
#define LIBIPMASQ_DOCUMENT_H

#include "util/diag.h"

enum node_kind {
	NODE_SCALAR,
	NODE_SEQUENCE,
	NODE_MAPPING, /* children: key, value, key, value... */
};

/* What a scalar is, by the core rules of YAML 1.1 or by JSON's syntax; quoted scalars and `!!str`
 * are strings. */
enum scalar_type {
	SCALAR_STRING, /* quoted, or plain and none of the below */
	SCALAR_NULL, /* empty plain, ~, null, Null, NULL */
	SCALAR_BOOL, /* a plain word that scalar_bool() takes; in JSON only true and false */
	SCALAR_NUMBER, /* plain, an integer or float */
};

#define NODE_NONE UINT32_MAX

struct node {
	const char *value; /* scalars: NUL-terminated UTF-8, may hold NULs from escapes */
	uint32_t value_len;
	uint32_t offset; /* of the first byte in the text; line and column of the same */
	uint32_t line;
	uint32_t column;
	uint32_t end_column;
	uint32_t first_child; /* index into the document's nodes, or NODE_NONE */
	uint32_t next; /* next sibling, or NODE_NONE */
	uint32_t alias_of; /* the anchored node this `*alias` stands for, already resolved; else
			      NODE_NONE */
	uint8_t kind;
	uint8_t type; /* enum scalar_type, for scalars */
	bool tolerated; /* of a root: what strict reading refuses was left out of this document */
	bool taken; /* the reader of manifests has been here */
};

struct document {
	struct text *text;
	struct node
		*nodes; /* nodes[0] is the root when count > 0; further roots are its siblings */
	size_t count; /* 0: an empty document */
	struct pos second; /* where a second document starts; no text: there is none */
	bool json;
	struct document_arena *arena;
};

/*
 * Parses a text of one document. A text whose first character after blanks is `{` is read as JSON
 * (RFC 8259), any other as YAML 1.1. Errors, with findings: -EINVAL (syntax, a second document,
 * nesting deeper than 64, an unknown tag or alias, a merge key, an alias within its own anchor).
 * The document keeps a reference to the text.
 */
int document_parse(struct text *text, struct ipmasq_diags *diags, struct document **document);

#define STRICT_NOWHERE 0u

/*
 * Parses a text of any number of documents. Only number @strict, counted from 1, is read as above;
 * of the others just the syntax is looked at, and what is nested too deep is left out, since they
 * may be for other programs. JSON that a line `---` follows is read as YAML.
 */
int document_parse_stream(struct text *text, unsigned int strict, struct ipmasq_diags *diags,
			  struct document **document);

/* A second document where only one may be. Returns -EINVAL, with a finding, or 0. -ENOMEM. */
int document_reject_second(const struct document *document, struct ipmasq_diags *diags);

void document_free(struct document *document);

/* The node itself, or what it is an alias of. */
const struct node *document_resolve(const struct document *document, const struct node *node);

/* Where a node (for an alias: the alias) stands. */
struct pos document_pos(const struct document *document, const struct node *node);

#endif
