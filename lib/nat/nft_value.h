/* SPDX-License-Identifier: Apache-2.0 */
/* The values that a key of nftables is compared with, united to one condition. */
#ifndef LIBIPMASQ_NAT_NFT_VALUE_H
#define LIBIPMASQ_NAT_NFT_VALUE_H

#include "nat/nft_key.h"

struct nft_sum {
	const struct nft_key *key;
	struct nat_condition condition;
	struct ranges addresses;
	/* Families of addresses or packets, NAT_FAMILY() bits. */
	unsigned int families;
	struct nat_ports *ports;
	size_t port_count;
	size_t port_capacity;
	/* Of an interface, in the dump. */
	struct nft_slice name;
	size_t values;
	/* Some values were not understood. */
	bool incomplete;
	/* Of addresses, once it was ended: belongs to the model. */
	struct nat_set *set;
};

void nft_sum_begin(struct nft_sum *sum, const struct nft_key *key);
void nft_sum_release(struct nft_sum *sum);

/* Whether one condition can hold several values of this kind. */
bool nft_kind_unites(enum nft_kind kind);

/*
 * Adds a value: an address, prefix or range, a port, a name. What is not understood makes the sum
 * incomplete. For kinds that do not unite, the last one is what is held. -ENOMEM.
 */
int nft_sum_add(struct nft_sum *sum, struct nft_slice value);

/* Adds all values above or below one, with itself or without, which addresses and ports have.
 * -ENOMEM. */
int nft_sum_add_from(struct nft_sum *sum, struct nft_slice value, bool is_above, bool inclusive);

/*
 * The condition that a value is one of these. Its text is the caller's to set. It is NAT_ON_UNKNOWN
 * where it cannot be held. -ENOMEM.
 */
int nft_sum_end(struct nft_sum *sum, struct nat_model *model, struct nat_condition *condition);

/* A range of addresses, `first-last`, a prefix or an address. False: it is none. */
bool nft_address_range(struct nft_slice text, enum ipmasq_family *family, struct range *range);

/* A decimal number, or a hexadecimal one after 0x. */
bool nft_read_number(struct nft_slice text, uint64_t *number);

#endif
