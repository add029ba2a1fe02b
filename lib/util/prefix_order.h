/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbered prefixes of one family in the order in which a sweep over the address space meets them:
 * by first address, outer before inner, equal ones as they were added.
 */
#ifndef LIBIPMASQ_PREFIX_ORDER_H
#define LIBIPMASQ_PREFIX_ORDER_H

#include "util/sort.h"

struct prefix_order {
	/* Of IPv4: address, length and number in one. */
	uint64_t *words;
	/* Of IPv6, or where the numbers are too large for words. */
	struct sort_key *keys;
	size_t count;
	enum ipmasq_family family;
};

/* Makes room for @room prefixes with numbers below @room. -ENOMEM. */
int prefix_order_init(struct prefix_order *order, enum ipmasq_family family, size_t room);
void prefix_order_release(struct prefix_order *order);

#define WORD_NUMBER_BITS 26
#define WORD_LEN_SHIFT	 WORD_NUMBER_BITS
#define WORD_LEN_MASK	 63u
#define WORD_NUMBER_MASK ((1u << WORD_NUMBER_BITS) - 1)

static inline void prefix_order_add(struct prefix_order *order, const struct prefix *prefix,
				    uint32_t number)
{
	size_t at = order->count++;

	if (order->words)
		order->words[at] = prefix->addr.hi | (uint64_t)prefix->len << WORD_LEN_SHIFT |
				   number;
	else
		order->keys[at] = (struct sort_key){ prefix->addr, prefix->len, number };
}

/* -ENOMEM. */
int prefix_order_sort(struct prefix_order *order);

/* Fills in the prefix at a place of the order; returns its number. */
static inline uint32_t prefix_order_get(const struct prefix_order *order, size_t at,
					struct prefix *prefix)
{
	uint64_t word;

	prefix->family = (uint8_t)order->family;
	if (!order->words) {
		prefix->addr = order->keys[at].addr;
		prefix->len = (uint8_t)order->keys[at].minor;
		return order->keys[at].value;
	}
	word = order->words[at];
	prefix->addr = (struct addr){ word >> 32 << 32, 0 };
	prefix->len = (uint8_t)(word >> WORD_LEN_SHIFT & WORD_LEN_MASK);
	return (uint32_t)word & WORD_NUMBER_MASK;
}

#endif
