/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ruleset as nftables has it: what the text for nft and the messages to the kernel are both
 * written from.
 *
 * Each family has one table, `ipmasq`, of that family (`ip` or `ip6`). In it there is
 *
 *  - one base chain per policy, which stays when the policy changes: type nat, hook postrouting,
 *    priority NFT_PRIORITY, policy accept. It is called nft_name() of the policy's chain, and has
 *    the rules nft_base_tests, each of which goes to the first chain of the ruleset;
 *  - the chains of the ruleset, each called nft_name() of its name, which has the generation in it.
 *    Each is a list of items, which nft_item_next() walks: single rules, and verdict maps.
 */
#ifndef LIBIPMASQ_NFT_FORM_H
#define LIBIPMASQ_NFT_FORM_H

#include "rules/ruleset.h"

#define NFT_TABLE "ipmasq"

/*
 * NF_IP_PRI_NAT_SRC + 5: after the rules of others, as the jump at the end of POSTROUTING is. The
 * first base chain that maps a flow decides, and one that accepts or returns does not stop a later
 * one.
 */
#define NFT_PRIORITY 105

/* Room for any name that nft_name() makes, without the NUL. */
#define NFT_NAME_MAX (1 + 3 * CHAIN_NAME_MAX)

/* What a rule of the base chain asks before it goes to the first chain. */
enum nft_base_test {
	/* `fib daddr type != local`, as the jump from POSTROUTING of iptables does. */
	NFT_BASE_NOT_LOCAL,
};

extern const enum nft_base_test nft_base_tests[];
extern const size_t nft_base_test_count;

/* What a verdict map looks up: the first @bits bits of an address, the others masked. */
struct nft_key {
	/* Of the source; else of the destination. */
	bool source;
	/* How many bytes of the address are loaded, from its first: 4, or of IPv6 also 8 or 16. 0:
	 * the item is no map. */
	uint8_t size;
	/* How many bits of them count; 1 up to size * 8. */
	uint8_t bits;
};

/* A part of a chain: a rule, or a map, whose elements are rules. */
struct nft_item {
	/*
	 * With key.size 0 one rule, with any of the fields of the model.
	 *
	 * Else the elements, two or more, in ascending order and disjoint: of each the source or
	 * the destination is a prefix of key.bits bits, the other one is any address, and the
	 * target is TARGET_RETURN (`return`) or TARGET_GOTO (`goto`). A map cannot masquerade, so
	 * layouts lead to a chain that does.
	 */
	const struct rule *rules;
	size_t count;
	struct nft_key key;
};

/* Takes the item of a chain that begins with rule number *@at, and moves *@at behind it. False:
 * there are no more. */
bool nft_item_next(const struct chain *chain, size_t *at, struct nft_item *item);

/* The bytes of the key of an element: nft_key.size of them. */
void nft_element_key(const struct nft_item *item, size_t index, uint8_t key[16]);

/* The comment that a rule has in the kernel: the list that it comes from, in the layout with a rule
 * per entry. NULL: none. Elements of maps have none. */
const char *nft_comment(const struct ipmasq_ruleset *ruleset, const struct rule *rule);

/*
 * The name that a chain has in nftables. nft reads back only names of letters, digits and few other
 * bytes, and no word of its language, which are all in lower case. So a name begins with a capital
 * letter, and other bytes are written as a slash and two digits; most names stay as they are.
 * nft_name_read() is the inverse; false: no name is written like that.
 */
void nft_name(const char *chain, char name[NFT_NAME_MAX + 1]);
bool nft_name_read(const char *name, char chain[CHAIN_NAME_MAX + 1]);

#endif
