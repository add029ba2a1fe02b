/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule of nftables compares: the left side of an expression. */
#ifndef LIBIPMASQ_NAT_NFT_KEY_H
#define LIBIPMASQ_NAT_NFT_KEY_H

#include "nat/nat.h"
#include "nat/nft_words.h"

/* How the values of a key are read. */
enum nft_kind {
	NFT_UNKNOWN,
	NFT_ADDRESS,
	NFT_PORT,
	NFT_PROTOCOL,
	NFT_INTERFACE,
	NFT_MARK,
	NFT_STATE,
	NFT_STATUS,
	NFT_ADDRESS_TYPE,
	/* The family of a packet: meta nfproto, meta protocol. */
	NFT_FAMILY,
	/* Its values do not matter. */
	NFT_OWNER,
	NFT_CHANCE,
};

struct nft_key {
	enum nft_kind kind;
	/* Which condition it makes, for kinds that make several. */
	enum nat_condition_kind on;
	/* Only packets of these families have it. */
	unsigned int families;
	/* Only packets of this protocol have it; -1: all do. */
	int protocol;
	/* Of an address: its first bits as a number; 0: the whole address, as such. */
	unsigned int bits;
	/* Of a type of addresses: as one interface or routes of a mark have it. */
	bool is_bound;
	/* Only these of its bits are compared; empty: all. */
	struct nft_slice mask;
	struct nft_slice text;
};

/* Whether a statement or an expression begins with this word. */
bool nft_starts(const struct nft_words *words);

/* Whether an expression does: some part of a packet, or what is known of it. */
bool nft_starts_key(const struct nft_words *words);

/* Reads a key with its mask. @families: those of the table. */
void nft_key_read(struct nft_words *words, unsigned int families, struct nft_key *key);

/* Passes over a value that may be an expression with keys, numbers and operators, such as that
 * which a mark is set to. */
void nft_skip_value(struct nft_words *words);

#endif
