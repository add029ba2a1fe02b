/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the objects that hold configurations by their kinds, also within lists. */
#include "config/manifest_objects.h"

#include "config/manifest_configmap.h"
#include "config/manifest_helm.h"

#define LISTS_MAX 64

bool manifest_is_object(const struct document *document, const struct node *root,
			const struct node **place)
{
	const struct node *kind = NULL;
	const struct node *other = NULL;

	if (!search_find(document, root, "kind", &kind))
		return false;
	if (!search_find(document, root, "apiVersion", &other) &&
	    !search_find(document, root, "metadata", &other))
		return false;
	*place = kind < other ? kind : other;
	return true;
}

static int take_list(struct search *search, const struct node *list)
{
	const struct node *nodes = search->document->nodes;
	const struct node *items = search_find(search->document, list, "items", NULL);
	int r = 0;

	if (!items)
		return 0;
	items = document_resolve(search->document, items);
	if (items->kind != NODE_SEQUENCE)
		return 0;
	/* By way of aliases lists can be nested deeper than the text is. */
	if (search->depth == LISTS_MAX)
		return search_reject(search, list, "nesting", "lists are nested too deep here");
	search->depth++;
	for (uint32_t i = items->first_child; i != NODE_NONE && r == 0; i = nodes[i].next)
		r = manifest_take_object(search, &nodes[i]);
	search->depth--;
	return r;
}

static const struct kind {
	const char *name;
	int (*take)(struct search *search, const struct node *object);
} kinds[] = {
	{ "Application", manifest_take_application },
	{ "ConfigMap", manifest_take_configmap },
	{ "ConfigMapList", take_list },
	{ "HelmChart", manifest_take_helm_object },
	{ "HelmChartConfig", manifest_take_helm_object },
	{ "HelmChartProxy", manifest_take_helm_object },
	{ "HelmRelease", manifest_take_helm_object },
	{ "List", take_list },
};

int manifest_take_object(struct search *search, const struct node *object)
{
	const struct node *kind;

	object = document_resolve(search->document, object);
	if (object->kind != NODE_MAPPING || !search_visit(search, object))
		return 0;
	kind = search_find_text(search->document, object, "kind");
	for (size_t i = 0; kind && i < ARRAY_SIZE(kinds); i++)
		if (node_is_text(kind, kinds[i].name))
			return kinds[i].take(search, object);
	return 0;
}
