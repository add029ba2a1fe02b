/* SPDX-License-Identifier: Apache-2.0 */
/* What does every document consist of, whichever syntax it was written in? */
#include "config/document_internal.h"

#include <stdlib.h>
#include <string.h>

#include "util/text_map.h"

#define ARENA_SIZE_MIN 1024u
#define ARENA_SIZE_MAX (1u << 20)

/* libyaml 0.2.5 takes time that grows with the square of the depth. */
#define LEFT_OUT_MAX 1024

/* Values are packed into blocks: most are some ten bytes long. */
struct document_arena {
	struct document_arena *next;
	size_t used;
	size_t size;
	char data[];
};

char *document_reserve(struct document *document, size_t size)
{
	struct document_arena *arena = document->arena;
	size_t block = ARENA_SIZE_MIN;

	if (!arena || arena->size - arena->used < size) {
		if (arena)
			block = arena->size < ARENA_SIZE_MAX ? 2 * arena->size : ARENA_SIZE_MAX;
		if (block < size)
			block = size;
		arena = malloc(sizeof(*arena) + block);
		if (!arena)
			return NULL;
		arena->next = document->arena;
		arena->used = 0;
		arena->size = block;
		document->arena = arena;
	}
	arena->used += size;
	return arena->data + arena->used - size;
}

void document_free(struct document *document)
{
	if (!document)
		return;
	while (document->arena) {
		struct document_arena *next = document->arena->next;

		free(document->arena);
		document->arena = next;
	}
	free(document->nodes);
	text_unref(document->text);
	free(document);
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

/* Hangs a new node under the innermost open container. */
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

static int append(struct builder *builder, const struct node *node, uint32_t *index)
{
	struct document *document = builder->document;
	struct pos pos = document_pos(document, node);
	uint32_t made = (uint32_t)document->count;
	int r;

	if (document->count == DOCUMENT_NODES_MAX)
		return document_rejected(
			diag_add(builder->diags, IPMASQ_ERROR, "too-large", &pos, NULL,
				 "there are more than %u values in this text", DOCUMENT_NODES_MAX));
	r = array_grow(&document->nodes, &builder->capacity, document->count, sizeof(*node));
	if (r)
		return r;
	document->nodes[document->count++] = *node;
	link_child(builder, made);
	*index = made;
	return 0;
}

/* What is nested too deep: null stands for the outermost container, and what is in it is gone. */
static int leave_out(struct builder *builder, struct node node, bool container)
{
	uint32_t index;
	int r = 0;

	node.kind = NODE_SCALAR;
	node.type = SCALAR_NULL;
	node.value = "";
	node.value_len = 0;
	if (builder->left_out == 0)
		r = append(builder, &node, &index);
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

		return document_rejected(
			diag_add(builder->diags, IPMASQ_ERROR, "nesting", &pos, NULL,
				 "lists and mappings are nested deeper than %d levels here",
				 DOCUMENT_DEPTH_MAX + (int)builder->left_out));
	}
	r = append(builder, node, index);
	if (!r && container) {
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
	if (builder->depth == 0)
		node->tolerated = builder->tolerated;
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

const struct node *document_resolve(const struct document *document, const struct node *node)
{
	return node->alias_of == NODE_NONE ? node : &document->nodes[node->alias_of];
}

struct pos document_pos(const struct document *document, const struct node *node)
{
	return text_map_pos((struct pos){
		.text = document->text,
		.offset = node->offset,
		.line = node->line,
		.column = node->column,
		.end_column = node->end_column,
	});
}

/* The first character that is no blank of JSON's; NUL when there is none. */
static char first_character(const struct text *text)
{
	const char *p = text->data;

	return p[strspn(p, " \t\r\n")];
}

/* A document that is nothing, or says null, is an empty one. */
static void drop_null_root(struct document *document)
{
	const struct node *root = document->nodes;

	if (document->count > 0 && root->kind == NODE_SCALAR && root->type == SCALAR_NULL &&
	    root->next == NODE_NONE)
		document->count = 0;
}

static int build(struct builder *builder)
{
	const struct text *text = builder->document->text;
	char first = first_character(text);
	bool yaml = first != '\0';
	int r = 0;

	builder->cursor = cursor_start(text);
	builder->root = NODE_NONE;
	if (first == '{') {
		builder->documents = 1;
		builder->document->json = true;
		r = document_read_json(builder, &yaml);
	}
	if (r || !yaml)
		return r;
	builder->document->json = false;
	builder->document->count = 0;
	builder->cursor = cursor_start(text);
	builder->root = NODE_NONE;
	builder->documents = 0;
	builder->depth = 0;
	return document_read_yaml(builder);
}

int document_parse_stream(struct text *text, unsigned int strict, struct ipmasq_diags *diags,
			  struct document **document)
{
	struct document *made = calloc(1, sizeof(*made));
	struct builder builder = { .document = made, .diags = diags, .strict = strict };
	int r;

	if (!made)
		return -ENOMEM;
	made->text = text_ref(text);
	r = build(&builder);
	if (r) {
		document_free(made);
		return r;
	}
	drop_null_root(made);
	*document = made;
	return 0;
}

int document_reject_second(const struct document *document, struct ipmasq_diags *diags)
{
	if (!document->second.text)
		return 0;
	return document_rejected(
		diag_add(diags, IPMASQ_ERROR, "documents", &document->second, NULL,
			 "a second YAML document starts here; a configuration is one document"));
}

int document_parse(struct text *text, struct ipmasq_diags *diags, struct document **document)
{
	struct document *made;
	int r = document_parse_stream(text, 1, diags, &made);

	if (r)
		return r;
	r = document_reject_second(made, diags);
	if (r)
		document_free(made);
	else
		*document = made;
	return r;
}
