/* SPDX-License-Identifier: Apache-2.0 */
/* Merges what several inputs say about one key. */
#include "policy/merge.h"

#include <stdlib.h>

#include "util/slots.h"

#include "util/diag.h"

static const char *text_name(const struct pos *pos)
{
	return pos->text ? pos->text->name : "the program";
}

int merge_switch(const struct ipmasq_config *config, const struct profile *profile,
		 enum config_key key, struct ipmasq_diags *diags, struct merged_value *merged)
{
	int r = 0;

	*merged = (struct merged_value){ 0 };
	for (size_t i = 0; i < config->count; i++) {
		const struct config_value *value = &config->parts[i].values[key];
		bool first = !merged->present;

		if (!value->present)
			continue;
		if (first || (profile->switches_are_ored && value->flag && !merged->flag)) {
			*merged = (struct merged_value){ true, value->flag, 0, value->pos };
			continue;
		}
		if (value->flag == merged->flag || profile->switches_are_ored)
			continue;
		r = -EINVAL;
		if (diag_add(diags, IPMASQ_ERROR, "conflict", &value->pos, NULL,
			     "%s is %s here but %s in %s:%u:%u: the inputs must agree",
			     config_key_name(key), value->flag ? "true" : "false",
			     merged->flag ? "true" : "false", text_name(&merged->pos),
			     merged->pos.line, merged->pos.column) < 0)
			return -ENOMEM;
	}
	return r;
}

int merge_smallest(const struct ipmasq_config *config, enum config_key key,
		   struct ipmasq_diags *diags, struct merged_value *merged)
{
	bool differ = false;

	*merged = (struct merged_value){ 0 };
	for (size_t i = 0; i < config->count; i++) {
		const struct config_value *value = &config->parts[i].values[key];

		if (!value->present)
			continue;
		differ |= merged->present && merged->number != value->number;
		if (!merged->present || value->number < merged->number)
			*merged = (struct merged_value){ true, false, value->number, value->pos };
	}
	if (!differ)
		return 0;
	return diag_add(diags, IPMASQ_NOTE, "smallest-wins", &merged->pos, NULL,
			"the inputs give different values for %s: the smallest, this one, applies",
			config_key_name(key));
}

/*
 * A search gives up after so many slots, and may then keep a duplicate. That is harmless, since a
 * duplicate never decides; and the time stays linear, even for prefixes chosen to collide.
 */
#define PROBES_MAX 64

static uint64_t prefix_hash(const struct prefix *prefix)
{
	uint64_t hash = prefix->addr.hi ^ (prefix->addr.lo * 0x9e3779b97f4a7c15u);

	hash += ((uint64_t)prefix->family << 8) | prefix->len;
	hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
	hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
	return hash ^ (hash >> 31);
}

/* Whether item number @index is new; if so it is remembered. */
static bool seen_add(struct slots *seen, const struct merged_item *items, uint32_t index)
{
	const struct prefix *prefix = &items[index].prefix;
	size_t hash = prefix_hash(prefix);

	for (size_t probe = 0; probe < PROBES_MAX; probe++) {
		uint32_t *slot = slots_probe(seen, hash, probe);

		if (*slot == SLOT_FREE) {
			*slot = index;
			return true;
		}
		if (prefix_equal(&items[*slot].prefix, prefix))
			return false;
	}
	return true;
}

/* A list in the making. */
struct merging {
	const struct ipmasq_config *config;
	const struct ipmasq_hosts *hosts;
	struct ipmasq_diags *diags;
	struct merged_list *list;
	/* The numbers of the items, by prefix. */
	struct slots seen;
};

static void put_item(struct merging *m, const struct merged_item *item)
{
	struct merged_list *list = m->list;

	list->items[list->count] = *item;
	list->count += seen_add(&m->seen, list->items, (uint32_t)list->count);
}

static int warn_host(struct merging *m, const struct pos *pos, const char *name,
		     const struct host *host)
{
	const char *why = host && host->why ? host->why : "no address of it is known";

	if (!m->hosts)
		return diag_add(
			m->diags, IPMASQ_WARNING, "host-name", pos, NULL,
			"\"%.72s\" is a host name: it is resolved on the node, the entry is "
			"left out here",
			name);
	return diag_add(m->diags, IPMASQ_WARNING, "host-name", pos, NULL,
			"the host name \"%.72s\" is not resolved, the entry is left out: %s", name,
			why);
}

static int put_host(struct merging *m, const struct pos *pos, const char *name)
{
	const struct host *host = hosts_find(m->hosts, name);

	if (!host || host->count == 0)
		return warn_host(m, pos, name, host);
	for (size_t i = 0; i < host->count; i++)
		put_item(m, &(struct merged_item){ host->addresses[i], *pos, name });
	return 0;
}

static int put_items(struct merging *m, enum config_key key)
{
	int r = 0;

	for (size_t i = 0; i < m->config->count && r == 0; i++) {
		const struct config_value *value = &m->config->parts[i].values[key];

		for (size_t j = 0; j < value->list.count && r == 0; j++) {
			const struct config_item *item = &value->list.items[j];
			const char *name = item_host(m->config, item);

			if (name)
				r = put_host(m, &item->pos, name);
			else
				put_item(m, &(struct merged_item){ item->prefix, item->pos, NULL });
		}
	}
	return r;
}

/* The largest number of items that there can be. */
static size_t count_items(const struct merging *m, enum config_key key)
{
	size_t count = 0;

	for (size_t i = 0; i < m->config->count; i++) {
		const struct config_value *value = &m->config->parts[i].values[key];

		if (value->present && !m->list->given)
			m->list->pos = value->pos;
		m->list->given |= value->present;
		m->list->written += value->list.count;
		count += value->list.count;
		for (size_t j = 0; j < value->list.count && m->config->hosts.count > 0; j++) {
			const char *name = item_host(m->config, &value->list.items[j]);
			const struct host *host = name ? hosts_find(m->hosts, name) : NULL;

			count += host ? host->count : 0;
		}
	}
	return count;
}

int merge_list(const struct ipmasq_config *config, const struct ipmasq_hosts *hosts,
	       enum config_key key, struct ipmasq_diags *diags, struct merged_list *list)
{
	struct merging m = { .config = config, .hosts = hosts, .diags = diags, .list = list };
	size_t count;
	int r;

	*list = (struct merged_list){ 0 };
	count = count_items(&m, key);
	if (count == 0)
		return 0;
	list->items = malloc(count * sizeof(*list->items));
	if (!list->items || slots_reset(&m.seen, count) < 0)
		return -ENOMEM;
	r = put_items(&m, key);
	slots_release(&m.seen);
	return r;
}
