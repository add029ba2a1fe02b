/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a list from all parts of a configuration, and finds which entries lie inside others. */
#include "lint/lint_list.h"

#include <stdlib.h>

#include "util/sort.h"

static int sorted_items(const struct lint_list *list, enum ipmasq_family family,
			struct sort_key **keys, size_t *count)
{
	struct sort_key *made = malloc((list->count + 1) * sizeof(*made));
	size_t kept = 0;
	int r;

	if (!made)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].prefix.family == family)
			made[kept++] = (struct sort_key){ list->items[i].prefix.addr,
							  list->items[i].prefix.len, (uint32_t)i };
	r = sort_keys(made, kept);
	if (r < 0) {
		free(made);
		return r;
	}
	*keys = made;
	*count = kept;
	return 0;
}

/* CIDRs are nested or disjoint, and wider ones sort before those inside them. */
static void sweep(struct lint_list *list, int side, const struct sort_key *keys, size_t count)
{
	struct lint_top *tops = list->tops[side];
	size_t found = 0;
	uint32_t same = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t item = keys[i].value;
		const struct prefix *prefix = &list->items[item].prefix;

		if (i > 0 && prefix_equal(&list->items[keys[i - 1].value].prefix, prefix)) {
			list->items[item].cover = same;
			continue;
		}
		same = item;
		if (found > 0 && prefix_covers(&tops[found - 1].prefix, prefix))
			list->items[item].cover = tops[found - 1].item;
		else
			tops[found++] = (struct lint_top){ *prefix, item };
	}
	list->top_count[side] = found;
}

static int find_tops(struct lint_list *list)
{
	int r = 0;

	for (int side = 0; side < 2 && r == 0; side++) {
		struct sort_key *keys;
		size_t count;

		r = sorted_items(list, side ? IPMASQ_IPV6 : IPMASQ_IPV4, &keys, &count);
		if (r < 0)
			break;
		list->tops[side] = malloc((count + 1) * sizeof(*list->tops[side]));
		if (list->tops[side])
			sweep(list, side, keys, count);
		else
			r = -ENOMEM;
		free(keys);
	}
	return r;
}

int lint_list_read(struct lint_list *list, const struct ipmasq_config *config, enum config_key key)
{
	size_t total = 0;

	list->key = key;
	for (size_t i = 0; i < config->count; i++) {
		const struct config_value *value = &config->parts[i].values[key];

		if (value->present && !list->given)
			list->pos = value->pos;
		list->given |= value->present;
		total += value->list.count;
	}
	list->items = malloc((total + 1) * sizeof(*list->items));
	if (!list->items)
		return -ENOMEM;
	for (size_t i = 0; i < config->count; i++) {
		const struct config_value *value = &config->parts[i].values[key];

		for (size_t k = 0; k < value->list.count; k++)
			list->items[list->count++] = (struct lint_item){
				.prefix = value->list.items[k].prefix,
				.pos = value->list.items[k].pos,
				.part = (uint32_t)i,
				.cover = ITEM_NONE,
			};
	}
	return find_tops(list);
}

void lint_list_release(struct lint_list *list)
{
	free(list->items);
	free(list->tops[0]);
	free(list->tops[1]);
}
