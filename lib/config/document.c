/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the tree of a document and the values of its nodes. */
#include "config/document.h"

#include <stdlib.h>

#include "util/text_map.h"

#define ARENA_SIZE_MIN 1024u
#define ARENA_SIZE_MAX (1u << 20)

/* Values are packed into blocks: most are some ten bytes long. */
struct document_arena {
	struct document_arena *next;
	size_t used;
	size_t size;
	char data[];
};

int document_new(struct text *text, struct document **document)
{
	struct document *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->text = text_ref(text);
	*document = made;
	return 0;
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
