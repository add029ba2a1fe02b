/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks up keys of objects, and takes values out of them as parts.
 *
 * An alias can make a value part of many objects. Each is taken once, so that the time stays in
 * step with the size of the text.
 */
#include "config/manifest_search.h"

#include <string.h>

#include "config/manifest_extract.h"
#include "config/manifest_template.h"
#include "util/text_map.h"

/* A text per part: more than any cluster has, and few enough to hold. */
#define PARTS_MAX 65536

/* How deep a merged mapping may merge others, and how many at once. */
#define MERGES_MAX 2
#define MERGED_MAX 8

static const struct node *find_merged(const struct document *document, const struct node *mapping,
				      const char *name, const struct node **key,
				      unsigned int depth);

/* Looks for a key in what `<<` merges: a mapping, or a list of such, of which the first wins. */
static const struct node *find_in_merge(const struct document *document, const struct node *merge,
					const char *name, const struct node **key,
					unsigned int depth)
{
	const struct node *nodes = document->nodes;
	const struct node *found = NULL;
	unsigned int count = 0;

	merge = document_resolve(document, merge);
	if (merge->kind == NODE_MAPPING)
		return find_merged(document, merge, name, key, depth);
	if (merge->kind != NODE_SEQUENCE)
		return NULL;
	for (uint32_t i = merge->first_child; i != NODE_NONE && !found && count++ < MERGED_MAX;
	     i = nodes[i].next)
		found = find_merged(document, &nodes[i], name, key, depth);
	return found;
}

static const struct node *find_merged(const struct document *document, const struct node *mapping,
				      const char *name, const struct node **key, unsigned int depth)
{
	const struct node *nodes = document->nodes;
	const struct node *merge = NULL;

	if (mapping->kind != NODE_MAPPING)
		return NULL;
	mapping = document_resolve(document, mapping);
	for (uint32_t i = mapping->first_child; i != NODE_NONE; i = nodes[nodes[i].next].next) {
		if (node_is_merge(&nodes[i]))
			merge = &nodes[nodes[i].next];
		if (!node_is_text(&nodes[i], name))
			continue;
		if (key)
			*key = &nodes[i];
		return &nodes[nodes[i].next];
	}
	return merge && depth < MERGES_MAX ? find_in_merge(document, merge, name, key, depth + 1)
					   : NULL;
}

const struct node *search_find(const struct document *document, const struct node *mapping,
			       const char *name, const struct node **key)
{
	return find_merged(document, mapping, name, key, 0);
}

const struct node *search_find_text(const struct document *document, const struct node *mapping,
				    const char *name)
{
	const struct node *value = search_find(document, mapping, name, NULL);

	return value && value->kind == NODE_SCALAR ? document_resolve(document, value) : NULL;
}

const struct node *search_path(const struct document *document, const struct node *mapping,
			       const char *const *keys)
{
	for (; *keys && mapping; keys++)
		mapping = search_find(document, mapping, *keys, NULL);
	return mapping;
}

int search_reject(struct search *search, const struct node *node, const char *code,
		  const char *message)
{
	struct pos pos = document_pos(search->document, node);

	search->manifest->rejected = true;
	return diag_add(search->diags, IPMASQ_ERROR, code, &pos, NULL, "%s", message);
}

bool search_visit(struct search *search, const struct node *node)
{
	size_t index;
	uint8_t *byte;
	uint8_t bit;

	/* Documents within a value have no other way to them. */
	if (search->document != search->own)
		return true;
	index = (size_t)(node - search->document->nodes);
	byte = &search->visited[index / 8];
	bit = (uint8_t)(1u << (index % 8));
	if (*byte & bit)
		return false;
	*byte |= bit;
	return true;
}

bool search_is_placeholder(struct search *search, const struct node *node)
{
	const char *written = search->document->text->data + node->offset;
	bool found = strncmp(written, "{{", 2) == 0 ||
		     (node->kind == NODE_SCALAR && written[0] != '|' && written[0] != '>' &&
		      memchr(node->value, '\n', node->value_len) == NULL &&
		      manifest_is_template(node->value, node->value_len));

	if (found && !search->placeholder.text)
		search->placeholder = document_pos(search->document, node);
	return found;
}

void search_find_placeholder(struct search *search, const struct text *inner)
{
	struct placeholder found;

	if (!search->placeholder.text && manifest_find_template(inner, 0, inner->size, &found))
		search->placeholder = manifest_template_pos(inner, &found);
}

static int reject_too_many(struct search *search, const struct node *node)
{
	return search_reject(search, node, "too-large",
			     "there are more than 65536 configurations in this text");
}

static int set_object(struct search *search, struct manifest_part *part)
{
	struct pos pos = document_pos(search->document, search->object);

	return manifest_set_object(part, search->object->value, &pos);
}

void search_begin_object(struct search *search, const struct node *name)
{
	const struct manifest *manifest = search->manifest;
	const char *before = manifest->count > 0 ? manifest->parts[manifest->count - 1].object
						 : NULL;

	search->object = name && name->kind == NODE_SCALAR ? name : NULL;
	/* What is by its name another agent's is not read together with the rest. */
	search->joins = search->profile->merges && before && search->object &&
			profile_may_read(search->profile, before) &&
			profile_may_read(search->profile, search->object->value);
}

int search_take_text(struct search *search, const struct node *place, struct text *text)
{
	struct manifest_part *part;

	if (search->manifest->count == PARTS_MAX) {
		text_unref(text);
		return reject_too_many(search, place);
	}
	search_find_placeholder(search, text);
	part = manifest_add_part(search->manifest, text, search->joins);
	if (!part)
		return -ENOMEM;
	search->joins = search->profile->merges;
	return search->object ? set_object(search, part) : 0;
}

/* A text within a text is quoted twice: nothing is certain to be read there as it is written. */
static int fix_within(const struct search *search, const struct text *inner,
		      const struct node *scalar)
{
	struct text *outer = search->document->text;
	struct pos begin = document_pos(search->document, scalar);
	struct pos end = { .text = inner, .offset = (uint32_t)inner->size };

	if (!outer->map)
		return 0;
	end = text_map_pos(end);
	return text_note_quoted(text_map_origin(outer), begin.offset, end.offset + 1, TEXT_FIXED);
}

int search_take_value(struct search *search, const struct node *key, const struct node *value)
{
	const struct node *scalar = document_resolve(search->document, value);
	struct text *inner;
	int r;

	if (!search_visit(search, scalar))
		return 0;
	/* A block scalar is searched where it is read, which knows the place better. */
	if (search_is_placeholder(search, scalar))
		return 0;
	if (scalar->kind != NODE_SCALAR)
		return search_reject(
			search, key, "data-type",
			scalar->kind == NODE_MAPPING
				? "the value of a data key must be a text: write `|` after the "
				  "colon, so that the lines below it are one"
				: "the value of a data key must be a text, not a list");
	if (scalar->type == SCALAR_BOOL || scalar->type == SCALAR_NUMBER)
		return search_reject(search, value, "data-type",
				     "the value of a data key must be a text; this needs quotes");
	if (strlen(scalar->value) != scalar->value_len)
		return search_reject(
			search, value, "encoding",
			"there is a NUL byte in this text; a configuration must not have any");
	if (search->manifest->count == PARTS_MAX)
		return reject_too_many(search, key);
	r = manifest_extract(search->document->text, scalar, &inner);
	if (r < 0)
		return r;
	r = fix_within(search, inner, scalar);
	if (r == 0)
		return search_take_text(search, key, inner);
	text_unref(inner);
	return r;
}

/* Looks for placeholders in a mapping that is parsed already. */
static void find_placeholders(struct search *search, const struct node *node)
{
	const struct node *nodes = search->document->nodes;

	if (node->kind == NODE_SCALAR || search_is_placeholder(search, node)) {
		search_is_placeholder(search, node);
		return;
	}
	/* What is behind an alias was searched where it stands. */
	if (node->alias_of != NODE_NONE)
		return;
	for (uint32_t i = node->first_child; i != NODE_NONE; i = nodes[i].next)
		find_placeholders(search, &nodes[i]);
}

int search_take_mapping(struct search *search, const struct node *node)
{
	const struct node *resolved = document_resolve(search->document, node);
	struct manifest_part *part;

	if (!search_visit(search, resolved))
		return 0;
	if (search->manifest->count == PARTS_MAX)
		return reject_too_many(search, node);
	find_placeholders(search, resolved);
	part = manifest_add_part(search->manifest, text_ref(search->document->text), false);
	if (!part)
		return -ENOMEM;
	part->document = search->document;
	part->root = resolved->kind == NODE_SCALAR && resolved->type == SCALAR_NULL ? NULL
										    : resolved;
	search->joins = false;
	return search->object ? set_object(search, part) : 0;
}
