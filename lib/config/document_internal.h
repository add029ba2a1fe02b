/* SPDX-License-Identifier: Apache-2.0 */
/* How do the YAML and the JSON reader build the same tree? */
#ifndef LIBIPMASQ_DOCUMENT_INTERNAL_H
#define LIBIPMASQ_DOCUMENT_INTERNAL_H

#include "util/cursor.h"
#include "config/document.h"

#define DOCUMENT_DEPTH_MAX 64

/* At 48 bytes a node this is 384 MiB, and far above what 64 MiB of CIDRs make. */
#define DOCUMENT_NODES_MAX (8u << 20)

/* A tree that grows node by node, in the order of the text. */
struct builder {
	struct document *document;
	struct ipmasq_diags *diags;
	struct cursor cursor; /* how far the text is read */
	size_t capacity;
	unsigned int documents; /* how many have begun */
	unsigned int strict; /* the number of the one that is read strictly */
	uint32_t root; /* of the document that is being read, NODE_NONE: it has none yet */
	bool tolerated; /* something in it that strict reading refuses */
	unsigned int left_out; /* containers around the cursor that are too deep to be kept */
	unsigned int depth;
	struct {
		uint32_t node;
		uint32_t last_child;
		bool value_next; /* of a mapping: the last child is a key */
	} open[DOCUMENT_DEPTH_MAX]; /* the containers around the cursor, outermost first */
};

/* A node that spans two cursors; kind, type and value are the caller's to fill in. */
struct node builder_node(const struct cursor *start, const struct cursor *end);

/*
 * Appends a node to the innermost open container; a sequence or mapping becomes the innermost one
 * itself. -EINVAL, with a finding: too deep or too many. -ENOMEM.
 */
int builder_add(struct builder *builder, const struct node *node, uint32_t *index);

/* Whether what is no mistake of syntax is one for the document that is being read. Where it is not,
 * that is remembered. */
bool builder_is_strict(struct builder *builder);

/* Ends the innermost container just before @end. */
void builder_close(struct builder *builder, const struct cursor *end);

/* Whether the node to come is a mapping's key. */
bool builder_at_key(const struct builder *builder);

/* Room for @size bytes that live as long as the document; NULL when there is no memory. */
char *document_reserve(struct document *document, size_t size);

/* A rejection's return value: @added comes from diag_add(). */
static inline int document_rejected(int added)
{
	return added ? added : -EINVAL;
}

/* Both read all of the builder's text. 0, -EINVAL with a finding, or -ENOMEM. @yaml: it is not JSON
 * alone but the first document of several. */
int document_read_yaml(struct builder *builder);
int document_read_json(struct builder *builder, bool *yaml);

/* What libyaml complains of, taken out of its parser. */
struct yaml_problem {
	const char *problem; /* NULL when it only says that the input is wrong */
	const char *context; /* may be NULL */
	char here; /* the character at the problem, NUL at the end of the text */
};

/*
 * The complaint in words for people who write configurations. @at_context: the place to show is
 * where the construct began (an unclosed quote), not where libyaml gave up. What is not known comes
 * back as libyaml says it.
 */
const char *yaml_problem_words(const struct yaml_problem *problem, bool *at_context);

#endif
