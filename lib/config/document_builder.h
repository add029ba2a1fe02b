/* SPDX-License-Identifier: Apache-2.0 */
/* A document's tree while a reader, of YAML or of JSON, adds its nodes in the order of the text. */
#ifndef LIBIPMASQ_DOCUMENT_BUILDER_H
#define LIBIPMASQ_DOCUMENT_BUILDER_H

#include "config/document.h"
#include "util/cursor.h"
#include "util/diag.h"

#define DOCUMENT_DEPTH_MAX 64

/* At 48 bytes per node this is 384 MiB, and far above what 64 MiB of CIDRs need. */
#define DOCUMENT_NODES_MAX (8u << 20)

struct builder {
	struct document *document;
	struct ipmasq_diags *diags;
	/* How far the text is read. */
	struct cursor cursor;
	size_t capacity;
	/* How many documents of the text have begun. */
	unsigned int documents;
	/* The number, from 1, of the one that is read strictly. */
	unsigned int strict;
	/* The root of the document that is being read; NODE_NONE while it has none. */
	uint32_t root;
	/* That document has something that strict reading refuses, and has a merge key. */
	bool tolerated;
	bool merges;
	/* How many containers around the cursor are nested too deep to be kept. */
	unsigned int left_out;
	/* The kept containers around the cursor, outermost first. */
	unsigned int depth;
	struct {
		uint32_t node;
		uint32_t last_child;
		/* Of a mapping: its last child is a key. */
		bool value_next;
	} open[DOCUMENT_DEPTH_MAX];
};

/* Starts at the head of the text, without nodes. */
void builder_start(struct builder *builder);

/* A node that spans two cursors; the caller fills in kind, type and value. */
struct node builder_node(const struct cursor *start, const struct cursor *end);

/*
 * Appends a node to the innermost open container; a sequence or mapping becomes the innermost one
 * itself. @index gets NODE_NONE for a node that is left out. -EINVAL, with a finding: nested too
 * deep, or too many nodes. -ENOMEM.
 */
int builder_add(struct builder *builder, const struct node *node, uint32_t *index);

/*
 * To be asked where something is wrong although its syntax is right. True: the document is read
 * strictly, and the caller refuses it. False: the document is marked as tolerated.
 */
bool builder_is_strict(struct builder *builder);

/* The same for a merge key, which is marked apart: it need not matter to the reader. */
bool builder_refuses_merge(struct builder *builder);

/* Closes the innermost container, which ends just before @end. */
void builder_close(struct builder *builder, const struct cursor *end);

/* Whether the next node is a mapping's key. */
bool builder_at_key(const struct builder *builder);

#endif
