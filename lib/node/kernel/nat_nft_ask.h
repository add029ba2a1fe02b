/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to nf_tables, all of whose answers must be of one generation of the rules. */
#ifndef LIBIPMASQ_KERNEL_NAT_NFT_ASK_H
#define LIBIPMASQ_KERNEL_NAT_NFT_ASK_H

#include "node/kernel/nat_wire.h"
#include "util/buf.h"

struct nat_nft_ask {
	struct nat_wire *wire;
	/* As the kernel counts. */
	uint32_t generation;
	int (*take)(void *context, const struct nlmsghdr *message);
	void *context;
};

/* A name that a request gives; `type` 0: none. */
struct nat_nft_name {
	uint16_t type;
	const char *name;
};

/* @dump: all, else the one that is named. @names: two of them. 0, or an error as nat_wire has it;
 * -EINTR: the answers are of another generation. */
int nat_nft_ask(struct nat_nft_ask *ask, uint8_t nfproto, uint16_t type, bool dump,
		const struct nat_nft_name names[2],
		int (*take)(void *context, const struct nlmsghdr *message), void *context);

/* Appends a message to others, each of which begins at a multiple of four bytes. -ENOMEM. */
int nat_nft_keep(struct buf *messages, const struct nlmsghdr *message);

/* Asks for the generation that all else must have; later, whether it is still that one. */
int nat_nft_ask_start(struct nat_nft_ask *ask, struct nat_wire *wire);
int nat_nft_ask_end(struct nat_nft_ask *ask);

#endif
