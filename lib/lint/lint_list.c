/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a list from all parts of a configuration, and finds which entries lie inside others. */
#include "lint/lint_list.h"

#include <stdlib.h>

#include "util/prefix_order.h"

static int sort_items(const struct lint_list *list, enum ipmasq_family family,
		      struct prefix_order *order)
{
	int r = prefix_order_init(order, family, list->count + 1);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].prefix.family == family)
			prefix_order_add(order, &list->items[i].prefix, (uint32_t)i);
	return prefix_order_sort(order);
}

/* CIDRs are nested or disjoint, and wider ones sort before those inside them. */
static void find_covers(struct lint_list *list, int side, const struct prefix_order *order)
{
	struct lint_top *tops = list->tops[side];
	struct prefix before = { .family = 0 };
	size_t found = 0;
	uint32_t same = 0;

	for (size_t i = 0; i < order->count; i++) {
		struct prefix prefix;
		uint32_t item = prefix_order_get(order, i, &prefix);

		if (prefix_equal(&before, &prefix)) {
			list->items[item].cover = same;
			continue;
		}
		before = prefix;
		same = item;
		if (found > 0 && prefix_covers(&tops[found - 1].prefix, &prefix))
			list->items[item].cover = tops[found - 1].item;
		else
			tops[found++] = (struct lint_top){ prefix, item };
	}
	list->top_count[side] = found;
}

static int find_tops(struct lint_list *list)
{
	int r = 0;

	for (int side = 0; side < 2 && r == 0; side++) {
		struct prefix_order order;

		r = sort_items(list, side ? IPMASQ_IPV6 : IPMASQ_IPV4, &order);
		if (r == 0) {
			list->tops[side] = malloc((order.count + 1) * sizeof(*list->tops[side]));
			r = list->tops[side] ? 0 : -ENOMEM;
		}
		if (r == 0)
			find_covers(list, side, &order);
		prefix_order_release(&order);
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
