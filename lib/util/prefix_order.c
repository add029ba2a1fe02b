/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts numbered prefixes, in the smallest representation that holds them. */
#include "util/prefix_order.h"

#include <stdlib.h>

int prefix_order_init(struct prefix_order *order, enum ipmasq_family family, size_t room)
{
	*order = (struct prefix_order){ .family = family };
	if (family == IPMASQ_IPV4 && room <= WORD_NUMBER_MASK + 1)
		order->words = malloc(room * sizeof(*order->words));
	else
		order->keys = malloc(room * sizeof(*order->keys));
	return order->words || order->keys ? 0 : -ENOMEM;
}

void prefix_order_release(struct prefix_order *order)
{
	free(order->words);
	free(order->keys);
}

int prefix_order_sort(struct prefix_order *order)
{
	if (order->words)
		return sort_words(order->words, order->count, WORD_LEN_SHIFT);
	return sort_keys(order->keys, order->count);
}
