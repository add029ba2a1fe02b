/* SPDX-License-Identifier: Apache-2.0 */
/* Sets and maps of nf_tables that rules refer to. */
#ifndef LIBIPMASQ_KERNEL_NAT_NFT_SET_H
#define LIBIPMASQ_KERNEL_NAT_NFT_SET_H

#include <libmnl/libmnl.h>

#include "node/kernel/nat_nft_ask.h"
#include "util/buf.h"

/* Its members point into the messages of its set. */
struct nat_nft_element {
	/* NULL: it stands for all keys that have no other element. */
	const uint8_t *key;
	/* The last key of a range; NULL: `key` is the only one, or `until` counts. */
	const uint8_t *key_end;
	/* The first key after a range of an interval set; NULL where it goes to the end. */
	const uint8_t *until;
	/* NFTA_SET_ELEM_DATA of a map, or NULL. */
	const struct nlattr *data;
	/* Whether it matches depends on more than the key, such as a limit. */
	bool conditional;
};

struct nat_nft_set {
	struct nat_nft_set *next;
	char *name;
	uint32_t flags;
	uint32_t key_len;
	struct buf messages;
	struct nat_nft_element *elements;
	size_t count;
	size_t capacity;
	/* It holds more than can be kept. */
	bool cut_short;
};

/* Those of one table. */
struct nat_nft_sets {
	struct nat_nft_ask *ask;
	uint8_t nfproto;
	const char *table;
	struct nat_nft_set *first;
};

void nat_nft_sets_release(struct nat_nft_sets *sets);

/* The set of that name, which is asked for once. 0, or an error as nat_nft_ask() has it. */
int nat_nft_set_get(struct nat_nft_sets *sets, const char *name, const struct nat_nft_set **set);

/* The first and last key of an element, of key_len bytes each. */
void nat_nft_element_range(const struct nat_nft_set *set, const struct nat_nft_element *element,
			   uint8_t *first, uint8_t *last);

/* Longer than any key. */
#define NAT_NFT_KEY_MAX 64

#endif
