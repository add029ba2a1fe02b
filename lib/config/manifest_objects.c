/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searches Kubernetes objects for configurations: the data of ConfigMaps, also within lists.
 *
 * An alias can make an object part of many lists. Each is searched once, so that the time stays in
 * step with the size of the text.
 */
#include "config/manifest_objects.h"

#include <string.h>

#include "config/manifest_extract.h"
#include "config/manifest_look.h"
#include "config/node_set.h"

/* A text per part: more than any cluster has, and few enough to hold. */
#define PARTS_MAX 65536

#define LISTS_MAX 64

/* The value of a key of a mapping, and at @key, where not NULL, the key itself. NULL: there is no
 * such key. */
static const struct node *find_value(const struct document *document, const struct node *mapping,
				     const char *name, const struct node **key)
{
	const struct node *nodes = document->nodes;

	if (mapping->kind != NODE_MAPPING)
		return NULL;
	mapping = document_resolve(document, mapping);
	for (uint32_t i = mapping->first_child; i != NODE_NONE; i = nodes[nodes[i].next].next) {
		if (!node_is_text(&nodes[i], name))
			continue;
		if (key)
			*key = &nodes[i];
		return &nodes[nodes[i].next];
	}
	return NULL;
}

bool manifest_is_object(const struct document *document, const struct node *root,
			const struct node **place)
{
	const struct node *kind = NULL;
	const struct node *other = NULL;

	if (!find_value(document, root, "kind", &kind))
		return false;
	if (!find_value(document, root, "apiVersion", &other) &&
	    !find_value(document, root, "metadata", &other))
		return false;
	*place = kind < other ? kind : other;
	return true;
}

int manifest_reject(struct search *search, const struct node *node, const char *code,
		    const char *message)
{
	struct pos pos = document_pos(search->document, node);

	search->manifest->rejected = true;
	return diag_add(search->diags, IPMASQ_ERROR, code, &pos, NULL, "%s", message);
}

/* Marks a node as visited; false: it was. */
static bool mark_visited(struct search *search, const struct node *node)
{
	size_t index = (size_t)(node - search->document->nodes);
	uint8_t bit = (uint8_t)(1u << (index % 8));
	uint8_t *byte = &search->visited[index / 8];

	if (*byte & bit)
		return false;
	*byte |= bit;
	return true;
}

/* Whether a value is a template's placeholder: `{{ ... }}` in or around its quotes. */
static bool is_placeholder(struct search *search, const struct node *node)
{
	const char *written = search->text->data + node->offset;
	bool found = strncmp(written, "{{", 2) == 0 ||
		     (node->kind == NODE_SCALAR && written[0] != '|' && written[0] != '>' &&
		      strstr(node->value, "{{") != NULL && strchr(node->value, '\n') == NULL);

	if (found && !search->placeholder.text)
		search->placeholder = document_pos(search->document, node);
	return found;
}

static void find_placeholder(struct search *search, const struct text *inner)
{
	size_t at = manifest_find_template(inner, 0, inner->size);

	if (at != SIZE_MAX && !search->placeholder.text)
		search->placeholder = manifest_template_pos(inner, at);
}

/* Adds the value of a data key as a part. Values that Kubernetes refuses are errors. */
static int take_value(struct search *search, const struct node *key, const struct node *value)
{
	const struct node *scalar = document_resolve(search->document, value);
	struct text *inner;
	int r;

	if (!mark_visited(search, scalar) || is_placeholder(search, scalar))
		return 0;
	if (scalar->kind != NODE_SCALAR)
		return manifest_reject(
			search, key, "data-type",
			scalar->kind == NODE_MAPPING
				? "the value of a data key must be a text: write `|` after the "
				  "colon, so that the lines below it are one"
				: "the value of a data key must be a text, not a list");
	if (scalar->type == SCALAR_BOOL || scalar->type == SCALAR_NUMBER)
		return manifest_reject(search, value, "data-type",
				       "the value of a data key must be a text; this needs quotes");
	if (strlen(scalar->value) != scalar->value_len)
		return manifest_reject(
			search, value, "encoding",
			"there is a NUL byte in this text; a configuration must not have any");
	if (search->manifest->count == PARTS_MAX)
		return manifest_reject(search, key, "too-large",
				       "there are more than 65536 configurations in this text");
	r = manifest_extract(search->text, scalar, &inner);
	if (r < 0)
		return r;
	find_placeholder(search, inner);
	r = manifest_add_part(search->manifest, inner, search->joins);
	search->joins = search->merged != NULL;
	return r;
}

/* Of two data keys of one name some programs read the first, others the second. */
static int remember_data_key(struct search *search, struct node_set *seen, const struct node *key,
			     bool *again)
{
	const struct node *first;
	int r = node_set_add(seen, key, &first);

	*again = r == 0 && first;
	return *again ? manifest_reject(search, key, "duplicate-key",
					"this data key was given before; keep one of them")
		      : r;
}

/* Adds what is wanted of `data`, or of `binaryData`. */
static int take_data(struct search *search, const struct node *data, bool binary,
		     struct node_set *seen)
{
	const struct document *document = search->document;
	const struct node *nodes = document->nodes;
	int r = 0;

	data = document_resolve(document, data);
	if (data->kind != NODE_MAPPING)
		return 0;
	for (uint32_t i = data->first_child; i != NODE_NONE && r == 0;
	     i = nodes[nodes[i].next].next) {
		bool again = false;

		if (nodes[i].kind != NODE_SCALAR ||
		    !manifest_query_key(search->query, search->merged, nodes[i].value))
			continue;
		r = remember_data_key(search, seen, &nodes[i], &again);
		if (r < 0 || again)
			continue;
		if (binary)
			r = manifest_reject(
				search, &nodes[i], "binary-data",
				"binaryData is base64 and is not read; write the configuration "
				"as text below data");
		else
			r = take_value(search, &nodes[i], &nodes[nodes[i].next]);
	}
	return r;
}

/* Whether this ConfigMap is wanted. One whose name is a placeholder may be. */
static bool is_wanted_configmap(struct search *search, const struct node *object)
{
	const struct document *document = search->document;
	const struct node *metadata = find_value(document, object, "metadata", NULL);
	const struct node *name = metadata ? find_value(document, metadata, "name", NULL) : NULL;

	if (!name)
		return false;
	name = document_resolve(document, name);
	if (name->kind == NODE_SCALAR && manifest_query_configmap(search->query, name->value))
		return true;
	return search->ours && is_placeholder(search, name);
}

static int take_configmap(struct search *search, const struct node *object)
{
	const struct document *document = search->document;
	static const char *const members[] = { "data", "binaryData" };
	struct node_set seen = { 0 };
	int r = 0;

	if (!is_wanted_configmap(search, object))
		return 0;
	search->joins = false;
	for (size_t i = 0; i < ARRAY_SIZE(members) && r == 0; i++) {
		const struct node *data = find_value(document, object, members[i], NULL);

		if (data)
			r = take_data(search, data, i > 0, &seen);
	}
	node_set_release(&seen);
	return r;
}

int manifest_take_object(struct search *search, const struct node *object)
{
	const struct document *document = search->document;
	const struct node *kind;
	const struct node *items;
	const struct node *nodes = document->nodes;
	int r = 0;

	object = document_resolve(document, object);
	if (object->kind != NODE_MAPPING || !mark_visited(search, object))
		return 0;
	kind = find_value(document, object, "kind", NULL);
	if (!kind)
		return 0;
	if (node_is_text(kind, "ConfigMap"))
		return take_configmap(search, object);
	if (!node_is_text(kind, "List") && !node_is_text(kind, "ConfigMapList"))
		return 0;
	items = find_value(document, object, "items", NULL);
	if (!items)
		return 0;
	items = document_resolve(document, items);
	if (items->kind != NODE_SEQUENCE)
		return 0;
	/* By way of aliases lists can be nested deeper than the text is. */
	if (search->depth == LISTS_MAX)
		return manifest_reject(search, object, "nesting", "lists are nested too deep here");
	search->depth++;
	for (uint32_t i = items->first_child; i != NODE_NONE && r == 0; i = nodes[i].next)
		r = manifest_take_object(search, &nodes[i]);
	search->depth--;
	return r;
}
