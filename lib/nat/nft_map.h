/* SPDX-License-Identifier: Apache-2.0 */
/* Sets and maps that rules of nftables look into. */
#ifndef LIBIPMASQ_NAT_NFT_MAP_H
#define LIBIPMASQ_NAT_NFT_MAP_H

#include "nat/nft_elements.h"
#include "nat/nft_rule.h"

/* The parts of a packet that are compared, mostly one. */
struct nft_keys {
	struct nft_key keys[NFT_PARTS_MAX];
	size_t count;
	struct nft_slice text;
};

/* Reads the keys of an expression. */
void nft_keys_read(const struct nft_rule *rule, struct nft_words *words, struct nft_keys *keys);

/* Only packets that have these parts. -ENOMEM. */
int nft_keys_need(struct nft_rule *rule, const struct nft_keys *keys);

/* What a rule looks into. */
struct nft_lookup {
	/* NULL: it stands in the rule. */
	struct nft_set *set;
	struct nft_slice name;
	struct nft_slice elements;
	/* The dump has its elements. */
	bool known;
};

/* Takes `@name` or `{ ... }`. False: it is at neither. @r: 0 or -ENOMEM. */
bool nft_lookup_take(struct nft_rule *rule, struct nft_words *words, struct nft_lookup *lookup,
		     int *r);

/* How many elements there are. */
size_t nft_lookup_count(const struct nft_lookup *lookup);

/* What the elements of a map lead to. */
enum nft_map_kind { NFT_MAP_VERDICT, NFT_MAP_TO, NFT_MAP_TO_PREFIX };

/* Reads a map after `map` or `vmap`, whose elements become cases of the rule, and decide. -ENOMEM.
 */
int nft_map_read(struct nft_rule *rule, struct nft_words *words, const struct nft_keys *keys,
		 enum nft_map_kind kind);

/* The conditions of one element, for the case that was added last. -ENOMEM. */
int nft_element_when(const struct nft_rule *rule, const struct nft_keys *keys,
		     const struct nft_element *element, struct nft_cases *cases);

/* Counts elements that are read. False: the dump has had its share. */
bool nft_spend(struct nft_rule *rule, size_t elements);

#endif
