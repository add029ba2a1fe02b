/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the DaemonSets of ip-masq agents: their flags, and the `items` of their volumes, which
 * choose the data keys that become files.
 */
#include "config/manifest_daemonset.h"

#include <string.h>

#include "config/manifest_template.h"
#include "profile/agent_flag.h"
#include "util/show.h"

/* More than any agent has. */
#define ITEMS_MAX 256

typedef int agent_fn(struct search *search, const struct node *daemonset, const struct node *pod);

static bool has_text(const struct node *node, const char *word)
{
	return node && node->kind == NODE_SCALAR && strstr(node->value, word) != NULL;
}

/* Whether a list of texts has one with a word. */
static bool list_has(const struct document *document, const struct node *list, const char *word)
{
	const struct node *nodes = document->nodes;

	list = list ? document_resolve(document, list) : NULL;
	if (!list || list->kind != NODE_SEQUENCE)
		return false;
	for (uint32_t i = list->first_child; i != NODE_NONE; i = nodes[i].next)
		if (has_text(&nodes[i], word))
			return true;
	return false;
}

/* Whether a container runs an agent of the family that the flags are of; ipmasq-apply has its own.
 */
static bool runs_agent(const struct document *document, const struct node *container)
{
	const struct node *command = search_find(document, container, "command", NULL);

	return (has_text(search_find_text(document, container, "image"), "ip-masq") ||
		has_text(search_find_text(document, container, "name"), "ip-masq") ||
		list_has(document, command, "ip-masq")) &&
	       !list_has(document, command, "ipmasq-apply");
}

static const struct node *find_list(const struct document *document, const struct node *mapping,
				    const char *name)
{
	const struct node *list = search_find(document, mapping, name, NULL);

	list = list ? document_resolve(document, list) : NULL;
	return list && list->kind == NODE_SEQUENCE ? list : NULL;
}

/* Calls a function for a DaemonSet if one of its containers runs an agent. */
static int visit_daemonset(struct search *search, const struct node *object, agent_fn *visit)
{
	static const char *const path[] = { "spec", "template", "spec", NULL };
	const struct document *document = search->document;
	const struct node *pod = search_path(document, object, path);
	const struct node *containers = pod ? find_list(document, pod, "containers") : NULL;
	const struct node *nodes = document->nodes;

	if (!containers)
		return 0;
	for (uint32_t i = containers->first_child; i != NODE_NONE; i = nodes[i].next)
		if (runs_agent(document, &nodes[i]))
			return visit(search, object, pod);
	return 0;
}

/* Calls a function for each DaemonSet of an agent, also in lists. */
static int visit_agents(struct search *search, agent_fn *visit)
{
	const struct document *document = search->document;
	const struct node *nodes = document->nodes;
	int r = 0;

	for (uint32_t i = 0; i != NODE_NONE && r == 0; i = nodes[i].next) {
		const struct node *kind = search_find_text(document, &nodes[i], "kind");
		const struct node *items;

		if (kind && node_is_text(kind, "DaemonSet"))
			r = visit_daemonset(search, &nodes[i], visit);
		if (!kind || !node_is_text(kind, "List"))
			continue;
		items = find_list(document, &nodes[i], "items");
		for (uint32_t k = items ? items->first_child : NODE_NONE; k != NODE_NONE && r == 0;
		     k = nodes[k].next) {
			/* What is behind an alias is visited where it stands. */
			if (nodes[k].alias_of != NODE_NONE)
				continue;
			kind = search_find_text(document, &nodes[k], "kind");
			if (kind && node_is_text(kind, "DaemonSet"))
				r = visit_daemonset(search, &nodes[k], visit);
		}
	}
	return r;
}

static int add_item(struct search *search, const struct node *configmap, const struct node *key)
{
	struct agents *agents = &search->agents;
	int r;

	if (agents->count == ITEMS_MAX)
		return 0;
	r = array_grow(&agents->items, &agents->capacity, agents->count, sizeof(*agents->items));

	if (r == 0)
		agents->items[agents->count++] = (struct agent_item){ configmap, key };
	return r;
}

/* The volume as a whole, or a source of a projected one. */
static int collect_volume(struct search *search, const struct node *volume)
{
	const struct document *document = search->document;
	const struct node *nodes = document->nodes;
	const struct node *map = search_find(document, volume, "configMap", NULL);
	const struct node *name = map ? search_find_text(document, map, "name") : NULL;
	const struct node *items = map ? find_list(document, map, "items") : NULL;
	int r = 0;

	if (!name || !items || !manifest_query_configmap(search->query, name->value))
		return 0;
	for (uint32_t i = items->first_child; i != NODE_NONE && r == 0; i = nodes[i].next) {
		const struct node *key = search_find_text(document, &nodes[i], "key");

		if (key)
			r = add_item(search, name, key);
	}
	return r;
}

static int collect_agent(struct search *search, const struct node *daemonset,
			 const struct node *pod)
{
	static const char *const namespace_path[] = { "metadata", "namespace", NULL };
	const struct document *document = search->document;
	const struct node *nodes = document->nodes;
	const struct node *namespace = search_path(document, daemonset, namespace_path);
	const struct node *volumes = find_list(document, pod, "volumes");
	int r = 0;

	if (namespace && namespace->kind == NODE_SCALAR && !search->agents.namespace)
		search->agents.namespace = document_resolve(document, namespace);
	for (uint32_t i = volumes ? volumes->first_child : NODE_NONE; i != NODE_NONE && r == 0;
	     i = nodes[i].next) {
		const struct node *projected = search_find(document, &nodes[i], "projected", NULL);
		const struct node *sources = projected ? find_list(document, projected, "sources")
						       : NULL;

		r = collect_volume(search, &nodes[i]);
		for (uint32_t k = sources ? sources->first_child : NODE_NONE;
		     k != NODE_NONE && r == 0; k = nodes[k].next)
			r = collect_volume(search, &nodes[k]);
	}
	return r;
}

int manifest_collect_agents(struct search *search)
{
	return visit_agents(search, collect_agent);
}

bool manifest_agents_choose(const struct search *search, const char *configmap, const char *key,
			    bool *wanted)
{
	const struct agents *agents = &search->agents;
	bool chosen = false;

	if (search->query->keys.count > 0 || search->document != search->own)
		return false;
	*wanted = false;
	for (size_t i = 0; i < agents->count; i++) {
		if (strcmp(agents->items[i].configmap->value, configmap) != 0)
			continue;
		chosen = true;
		*wanted |= strcmp(agents->items[i].key->value, key) == 0;
	}
	return chosen;
}

/* @value: where the value begins; NULL: there is none. */
static int note_flag(struct search *search, const struct agent_flag *flag, const struct node *word,
		     const char *value)
{
	struct pos pos = document_pos(search->document, word);
	char instead[64];

	if (!value)
		value = flag->is_bool ? "true" : "";
	if (manifest_is_template(value, strlen(value)) ||
	    !agent_flag_differs(flag, value, strlen(value), &search->query->settings, instead))
		return 0;
	return diag_add(
		search->diags, IPMASQ_NOTE, "agent-flags", &pos, NULL,
		"the agent is started with --%s=%.64s, but this was read without it; %s says "
		"the same",
		flag->name, value, instead);
}

static int note_words(struct search *search, const struct node *list)
{
	const struct document *document = search->document;
	const struct node *nodes = document->nodes;
	int r = 0;

	for (uint32_t i = list->first_child; i != NODE_NONE && r == 0; i = nodes[i].next) {
		const struct node *word = &nodes[i];
		const char *equals;
		const struct agent_flag *flag;
		const char *value;

		if (word->kind != NODE_SCALAR || word->value[0] != '-')
			continue;
		equals = strchr(word->value, '=');
		flag = agent_flag_of(word->value,
				     equals ? (size_t)(equals - word->value) : word->value_len);
		value = equals ? equals + 1 : NULL;
		if (flag && !flag->is_bool && !value && word->next != NODE_NONE &&
		    nodes[word->next].kind == NODE_SCALAR)
			value = nodes[word->next].value;
		if (flag)
			r = note_flag(search, flag, word, value);
	}
	return r;
}

static int note_agent(struct search *search, const struct node *daemonset, const struct node *pod)
{
	static const char *const members[] = { "command", "args" };
	const struct document *document = search->document;
	const struct node *nodes = document->nodes;
	const struct node *containers = find_list(document, pod, "containers");
	int r = 0;

	(void)daemonset;
	for (uint32_t i = containers->first_child; i != NODE_NONE && r == 0; i = nodes[i].next) {
		if (!runs_agent(document, &nodes[i]))
			continue;
		for (size_t m = 0; m < ARRAY_SIZE(members) && r == 0; m++) {
			const struct node *list = find_list(document, &nodes[i], members[m]);

			if (list)
				r = note_words(search, list);
		}
	}
	return r;
}

int manifest_note_agents(struct search *search)
{
	const struct agents *agents = &search->agents;
	int r = visit_agents(search, note_agent);

	for (size_t i = 0; i < agents->count && r == 0; i++) {
		const struct node *key = agents->items[i].key;
		struct pos pos = document_pos(search->document, key);
		char shown[SHOWN_MAX];

		if (manifest_query_key(search->query, search->profile->file_pattern, key->value))
			continue;
		r = diag_add(
			search->diags, IPMASQ_NOTE, "agent-flags", &pos, NULL,
			"the volume gives the agent the data key \"%s\", which is looked for only "
			"beside this DaemonSet; --key=%s says so everywhere",
			show_text(key->value, key->value_len, shown), shown);
	}
	return r;
}
