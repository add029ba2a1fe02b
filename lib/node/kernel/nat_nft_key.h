/* SPDX-License-Identifier: Apache-2.0 */
/* The key with which a rule of nf_tables looks into a set, in parts, and the words for that. */
#ifndef LIBIPMASQ_KERNEL_NAT_NFT_KEY_H
#define LIBIPMASQ_KERNEL_NAT_NFT_KEY_H

#include "node/kernel/nat_nft_rule.h"

struct nat_nft_lookup {
	struct nat_nft_rule *r;
	const struct nat_nft_set *set;
	struct nat_nft_part parts[NAT_REGISTERS];
	size_t count;
	bool inverted;
	/* " ip daddr @name" */
	struct buf words;
};

/* Fills in the parts, each of which begins at a register of four bytes. */
void nat_nft_find_parts(struct nat_nft_lookup *l, const struct nlattr *data);

/* Fills in the words. @how: " vmap" and the like, or "". */
void nat_nft_find_words(struct nat_nft_lookup *l, const char *how);

/* What an element of the set has for a part of the key. */
void nat_nft_key_value(const struct nat_nft_lookup *l, const struct nat_nft_part *part,
		       const struct nat_nft_element *element, struct nat_value *value);

#endif
