/* SPDX-License-Identifier: Apache-2.0 */
/* Adds the nodes of a document to its tree as a reader comes across them. */
#include "config/document_builder.h"

/* libyaml 0.2.5 takes time that grows with the square of the depth. */
#define LEFT_OUT_MAX 1024

void builder_start(struct builder *builder)
{
	builder->document->count = 0;
	builder->cursor = cursor_start(builder->document->text);
	builder->documents = 0;
	builder->root = NODE_NONE;
	builder->tolerated = false;
	builder->merges = false;
	builder->left_out = 0;
	builder->depth = 0;
}

struct node builder_node(const struct cursor *start, const struct cursor *end)
{
	struct pos pos = cursor_span(start, end);

	return (struct node){
		.offset = pos.offset,
		.line = pos.line,
		.column = pos.column,
		.end_column = pos.end_column,
		.first_child = NODE_NONE,
		.next = NODE_NONE,
		.alias_of = NODE_NONE,
	};
}

/* Makes a new node the last child of the innermost open container. */
static void link_child(struct builder *builder, uint32_t index)
{
	struct node *nodes = builder->document->nodes;
	uint32_t last;

	if (builder->depth == 0) {
		if (index > 0)
			nodes[builder->root].next = index;
		builder->root = index;
		return;
	}
	last = builder->open[builder->depth - 1].last_child;
	if (last == NODE_NONE)
		nodes[builder->open[builder->depth - 1].node].first_child = index;
	else
		nodes[last].next = index;
	builder->open[builder->depth - 1].last_child = index;
	builder->open[builder->depth - 1].value_next ^= true;
}

static int builder_append(struct builder *builder, const struct node *node, uint32_t *index)
{
	struct document *document = builder->document;
	uint32_t made = (uint32_t)document->count;
	int r;

	if (document->count == DOCUMENT_NODES_MAX) {
		struct pos pos = document_pos(document, node);

		return diag_reject(builder->diags, "too-large", &pos, NULL,
				   "there are more than %u values in this text",
				   DOCUMENT_NODES_MAX);
	}
	r = array_grow(&document->nodes, &builder->capacity, document->count, sizeof(*node));
	if (r < 0)
		return r;
	document->nodes[document->count++] = *node;
	link_child(builder, made);
	*index = made;
	return 0;
}

/* Keeps null in place of the outermost container that is nested too deep, and nothing of what is in
 * it. */
static int leave_out(struct builder *builder, struct node node, bool container)
{
	uint32_t index;
	int r = 0;

	node.kind = NODE_SCALAR;
	node.type = SCALAR_NULL;
	node.value = "";
	node.value_len = 0;
	if (builder->left_out == 0)
		r = builder_append(builder, &node, &index);
	builder->left_out += container;
	return r;
}

int builder_add(struct builder *builder, const struct node *node, uint32_t *index)
{
	bool container = node->kind != NODE_SCALAR && node->alias_of == NODE_NONE;
	bool too_deep = builder->depth == DOCUMENT_DEPTH_MAX && container;
	int r;

	*index = NODE_NONE;
	if ((too_deep && builder->left_out < LEFT_OUT_MAX && !builder_is_strict(builder)) ||
	    (!container && builder->left_out > 0))
		return leave_out(builder, *node, container);
	if (too_deep) {
		struct pos pos = document_pos(builder->document, node);

		return diag_reject(builder->diags, "nesting", &pos, NULL,
				   "lists and mappings are nested deeper than %d levels here",
				   DOCUMENT_DEPTH_MAX + (int)builder->left_out);
	}
	r = builder_append(builder, node, index);
	if (r == 0 && container) {
		builder->open[builder->depth].node = *index;
		builder->open[builder->depth].last_child = NODE_NONE;
		builder->open[builder->depth].value_next = false;
		builder->depth++;
	}
	return r;
}

bool builder_is_strict(struct builder *builder)
{
	if (builder->strict == builder->documents || builder->document->json)
		return true;
	builder->tolerated = true;
	return false;
}

bool builder_refuses_merge(struct builder *builder)
{
	if (builder->strict == builder->documents)
		return true;
	builder->merges = true;
	return false;
}

void builder_close(struct builder *builder, const struct cursor *end)
{
	struct document *document = builder->document;
	struct cursor start = { .text = document->text };
	struct node *node;

	if (builder->left_out > 0) {
		builder->left_out--;
		return;
	}
	node = &document->nodes[builder->open[--builder->depth].node];
	start.offset = node->offset;
	start.line = node->line;
	start.column = node->column;
	node->end_column = cursor_span(&start, end).end_column;
	if (builder->depth == 0) {
		node->tolerated = builder->tolerated;
		node->merges = builder->merges;
	}
}

bool builder_at_key(const struct builder *builder)
{
	uint32_t node;

	if (builder->depth == 0)
		return false;
	node = builder->open[builder->depth - 1].node;
	return builder->document->nodes[node].kind == NODE_MAPPING &&
	       !builder->open[builder->depth - 1].value_next;
}
