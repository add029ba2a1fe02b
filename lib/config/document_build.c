/* SPDX-License-Identifier: Apache-2.0 */
/* What does every document consist of, whichever syntax it was written in? */
#include "document_internal.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE_MIN 1024u
#define ARENA_SIZE_MAX (1u << 20)

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
	struct pos pos = cursor_pos(start, end);

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

	if (builder->depth == 0)
		return;
	last = builder->open[builder->depth - 1].last_child;
	if (last == NODE_NONE)
		nodes[builder->open[builder->depth - 1].node].first_child = index;
	else
		nodes[last].next = index;
	builder->open[builder->depth - 1].last_child = index;
	builder->open[builder->depth - 1].value_next ^= true;
}

int builder_add(struct builder *builder, const struct node *node, uint32_t *index)
{
	struct document *document = builder->document;
	bool container = node->kind != NODE_SCALAR && node->alias_of == NODE_NONE;
	struct pos pos = document_pos(document, node);
	uint32_t made = (uint32_t)document->count;
	int r;

	if (container && builder->depth == DOCUMENT_DEPTH_MAX)
		return document_rejected(
			diag_add(builder->diags, IPMASQ_ERROR, "nesting", &pos, NULL,
				 "lists and mappings are nested deeper than %d levels here",
				 DOCUMENT_DEPTH_MAX));
	if (document->count == DOCUMENT_NODES_MAX)
		return document_rejected(
			diag_add(builder->diags, IPMASQ_ERROR, "too-large", &pos, NULL,
				 "there are more than %u values in this text", DOCUMENT_NODES_MAX));
	r = array_grow(&document->nodes, &builder->capacity, document->count, sizeof(*node));
	if (r)
		return r;
	document->nodes[document->count++] = *node;
	link_child(builder, made);
	if (container) {
		builder->open[builder->depth].node = made;
		builder->open[builder->depth].last_child = NODE_NONE;
		builder->open[builder->depth].value_next = false;
		builder->depth++;
	}
	*index = made;
	return 0;
}

void builder_close(struct builder *builder, const struct cursor *end)
{
	struct document *document = builder->document;
	struct node *node = &document->nodes[builder->open[--builder->depth].node];
	struct cursor start = {
		.text = document->text,
		.offset = node->offset,
		.line = node->line,
		.column = node->column,
	};

	node->end_column = cursor_pos(&start, end).end_column;
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
	return (struct pos){
		.text = document->text,
		.offset = node->offset,
		.line = node->line,
		.column = node->column,
		.end_column = node->end_column,
	};
}

/* The first character that is no blank of JSON's; NUL when there is none. */
static char first_character(const struct text *text)
{
	const char *p = text->data;

	return p[strspn(p, " \t\r\n")];
}

int document_parse(struct text *text, struct ipmasq_diags *diags, struct document **document)
{
	struct document *made = calloc(1, sizeof(*made));
	struct builder builder = {
		.document = made,
		.diags = diags,
		.cursor = cursor_start(text),
	};
	char first = first_character(text);
	int r = 0;

	if (!made)
		return -ENOMEM;
	made->text = text_ref(text);
	made->json = first == '{';
	if (made->json)
		r = document_read_json(&builder);
	else if (first != '\0')
		r = document_read_yaml(&builder);
	if (r) {
		document_free(made);
		return r;
	}
	*document = made;
	return 0;
}
