/* SPDX-License-Identifier: Apache-2.0 */
/* Takes configurations out of the data of ConfigMaps, and tells where one almost is there. */
#include "config/manifest_configmap.h"

#include <stdlib.h>
#include <string.h>

#include "config/manifest_daemonset.h"
#include "config/manifest_look.h"
#include "config/manifest_template.h"
#include "config/node_set.h"
#include "util/ascii.h"
#include "util/show.h"

enum member {
	DATA,
	MERGED_DATA,
	BINARY_DATA,
};

/* One ConfigMap while its data is searched. */
struct configmap {
	struct search *search;
	/* Its name; NULL: it has none. */
	const struct node *name;
	/* The wanted data keys that were found. */
	struct node_set seen;
	size_t taken;
	/* The data key that is most likely meant for a configuration; NULL: there are none. */
	const struct node *nearest;
	/* It has one of our keys, or its name is like the one that is read. */
	bool likely;
};

/* Whether a value has a key of a configuration. */
static bool has_config(const struct document *document, const struct node *value)
{
	value = document_resolve(document, value);
	return value->kind == NODE_SCALAR && manifest_has_key(value->value, value->value_len);
}

static int take_data_key(struct configmap *map, const struct node *key, enum member member)
{
	const struct node *nodes = map->search->document->nodes;
	const struct node *first;
	int r = node_set_add(&map->seen, key, &first);

	map->taken++;
	if (r < 0 || (first && member == MERGED_DATA))
		return r;
	/* Of two data keys of one name some programs read the first, others the second. */
	if (first)
		return search_reject(map->search, key, "duplicate-key",
				     "this data key was given before; keep one of them");
	if (member == BINARY_DATA)
		return search_reject(
			map->search, key, "binary-data",
			"binaryData is base64 and is not read; write the configuration "
			"as text below data");
	return search_take_value(map->search, key, &nodes[key->next]);
}

static bool is_wanted_key(const struct search *search, const struct node *key)
{
	bool wanted;

	if (search->object &&
	    manifest_agents_choose(search, search->object->value, key->value, &wanted))
		return wanted;
	return manifest_query_key(search->query, search->profile->file_pattern, key->value);
}

/* Whether a data key is named like one that is read: config.yaml, masq.conf. */
static bool is_likely_key(const struct node *key)
{
	return strstr(key->value, "config") || strstr(key->value, "masq");
}

static void note_other_key(struct configmap *map, const struct node *key)
{
	const struct document *document = map->search->document;
	bool likely = has_config(document, &document->nodes[key->next]) || is_likely_key(key);

	if (map->nearest && (map->likely || !likely))
		return;
	map->nearest = key;
	map->likely = likely;
}

/* Adds what is wanted of `data`, or of `binaryData`. */
static int take_data(struct configmap *map, const struct node *data, enum member member)
{
	const struct document *document = map->search->document;
	const struct node *nodes = document->nodes;
	const struct node *merge = NULL;
	int r = 0;

	data = document_resolve(document, data);
	if (data->kind != NODE_MAPPING)
		return 0;
	for (uint32_t i = data->first_child; i != NODE_NONE && r == 0;
	     i = nodes[nodes[i].next].next) {
		if (node_is_merge(&nodes[i]))
			merge = &nodes[nodes[i].next];
		else if (nodes[i].kind != NODE_SCALAR)
			continue;
		else if (is_wanted_key(map->search, &nodes[i]))
			r = take_data_key(map, &nodes[i], member);
		else
			note_other_key(map, &nodes[i]);
	}
	/* What is merged counts only where the mapping itself has no such key. */
	if (r == 0 && merge && member == DATA)
		r = take_data(map, merge, MERGED_DATA);
	return r;
}

/* Tells that none of the data keys is one that is read. */
static int miss_data_key(struct configmap *map)
{
	struct search *search = map->search;
	struct pos pos = document_pos(search->document, map->nearest);
	char shown[SHOWN_MAX];
	bool wanted;
	char *words;
	int r;

	show_text(map->nearest->value, map->nearest->value_len, shown);
	if (search->object && manifest_agents_choose(search, search->object->value, "", &wanted))
		return near_add(&search->near, "data-key", IPMASQ_WARNING, &pos,
				"the agent does not read the data key \"%s\": the volume of its "
				"DaemonSet has other items",
				shown);
	r = manifest_query_key_words(search->query, search->profile->file_pattern, &words);
	if (r < 0)
		return r;
	r = near_add(&search->near, "data-key", map->likely ? IPMASQ_WARNING : IPMASQ_NOTE, &pos,
		     "the agent does not read the data key \"%s\": looked for %s; rename it, or "
		     "say with --key that it is read",
		     shown, words);
	free(words);
	return r;
}

/* Whether this ConfigMap is wanted. One whose name is a placeholder is where its data tells. */
static bool is_wanted_configmap(struct configmap *map, const struct node *data)
{
	struct search *search = map->search;
	const struct document *document = search->document;
	const struct node *nodes = document->nodes;

	if (!map->name)
		return false;
	if (map->name->kind == NODE_SCALAR &&
	    manifest_query_configmap(search->query, map->name->value))
		return true;
	data = data ? document_resolve(document, data) : NULL;
	if (!data || data->kind != NODE_MAPPING)
		return false;
	for (uint32_t i = data->first_child; i != NODE_NONE; i = nodes[nodes[i].next].next)
		if (nodes[i].kind == NODE_SCALAR && is_wanted_key(search, &nodes[i]) &&
		    has_config(document, &nodes[nodes[i].next]))
			return search_is_placeholder(search, map->name);
	return false;
}

/* Tells of a configuration in a ConfigMap whose name is not one that is looked for. */
static int miss_name(struct configmap *map, const struct node *data)
{
	struct search *search = map->search;
	const struct document *document = search->document;
	const struct node *nodes = document->nodes;
	char shown[SHOWN_MAX];
	struct pos pos;

	data = data ? document_resolve(document, data) : NULL;
	if (!data || data->kind != NODE_MAPPING || !map->name || map->name->kind != NODE_SCALAR)
		return 0;
	for (uint32_t i = data->first_child; i != NODE_NONE; i = nodes[nodes[i].next].next) {
		if (nodes[i].kind != NODE_SCALAR || !has_config(document, &nodes[nodes[i].next]))
			continue;
		pos = document_pos(document, map->name);
		show_text(map->name->value, map->name->value_len, shown);
		return near_add(&search->near, NULL, IPMASQ_WARNING, &pos,
				"the data of the ConfigMap \"%s\" has keys of one, but its name is "
				"another",
				shown);
	}
	return 0;
}

/* Whether a member has lost its children: they stand beside it, in the same column. */
static bool is_bare(const struct document *document, const struct node *member)
{
	member = member ? document_resolve(document, member) : NULL;
	return member && member->kind == NODE_SCALAR && member->type == SCALAR_NULL;
}

static int reject_lost(struct search *search, const struct node *key, const char *member)
{
	struct pos pos = document_pos(search->document, key);
	char shown[SHOWN_MAX];

	search->manifest->rejected = true;
	return diag_add(search->diags, IPMASQ_ERROR, "lost-indent", &pos, NULL,
			"%s belongs below %s: indent this line and those that go with it",
			show_text(key->value, key->value_len, shown), member);
}

/* Takes the data keys that stand beside `data`. */
static int take_lost_data(struct configmap *map, const struct node *object)
{
	const struct node *nodes = map->search->document->nodes;
	int r = 0;

	for (uint32_t i = object->first_child; i != NODE_NONE && r == 0;
	     i = nodes[nodes[i].next].next) {
		if (nodes[i].kind != NODE_SCALAR || !is_wanted_key(map->search, &nodes[i]))
			continue;
		r = reject_lost(map->search, &nodes[i], "data");
		if (r == 0)
			r = take_data_key(map, &nodes[i], DATA);
	}
	return r;
}

int manifest_check_namespace(struct search *search, const struct node *namespace)
{
	const struct node *agent = search->document == search->own ? search->agents.namespace
								   : NULL;
	const char *wanted = agent ? agent->value : "kube-system";
	struct pos pos;
	char shown[SHOWN_MAX];

	if (!namespace || namespace->kind != NODE_SCALAR || node_is_text(namespace, wanted) ||
	    manifest_is_template(namespace->value, namespace->value_len))
		return 0;
	pos = document_pos(search->document, namespace);
	show_text(namespace->value, namespace->value_len, shown);
	if (agent)
		return diag_add(
			search->diags, IPMASQ_WARNING, "namespace", &pos, NULL,
			"the ConfigMap is in the namespace \"%s\", but the DaemonSet of the "
			"agent in \"%.63s\": it does not see it",
			shown, wanted);
	return diag_add(search->diags,
			node_is_text(namespace, "default") ? IPMASQ_WARNING : IPMASQ_NOTE,
			"namespace", &pos, NULL,
			"the ConfigMap is in the namespace \"%s\"; an agent sees only those of its "
			"own namespace, which is usually kube-system",
			shown);
}

static int take_members(struct configmap *map, const struct node *object)
{
	const struct document *document = map->search->document;
	const struct node *data = search_find(document, object, "data", NULL);
	const struct node *binary = search_find(document, object, "binaryData", NULL);
	int r = data ? take_data(map, data, DATA) : 0;

	if (r == 0 && binary)
		r = take_data(map, binary, BINARY_DATA);
	if (r == 0 && is_bare(document, data))
		r = take_lost_data(map, object);
	if (r == 0 && map->taken == 0 && map->nearest)
		r = miss_data_key(map);
	return r;
}

int manifest_take_configmap(struct search *search, const struct node *object)
{
	const struct document *document = search->document;
	const struct node *metadata = search_find(document, object, "metadata", NULL);
	bool lost = is_bare(document, metadata);
	const struct node *holder = lost ? object : metadata;
	const struct node *data = search_find(document, object, "data", NULL);
	struct configmap map = { .search = search };
	const struct node *key = NULL;
	int r = 0;

	map.name = holder ? search_find(document, holder, "name", &key) : NULL;
	if (map.name)
		map.name = document_resolve(document, map.name);
	if (!is_wanted_configmap(&map, data))
		return miss_name(&map, data);
	search_begin_object(search, map.name);
	r = lost ? reject_lost(search, key, "metadata")
		 : manifest_check_namespace(search,
					    search_find_text(document, holder, "namespace"));
	if (r == 0)
		r = take_members(&map, object);
	search_begin_object(search, NULL);
	node_set_release(&map.seen);
	return r;
}
