/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often our chains are used. The kernel counts the rules of a chain, and what leads to it from
 * wherever; where that is more than what was read, something that was not read leads to the chain.
 */
#ifndef LIBIPMASQ_KERNEL_NFT_USES_H
#define LIBIPMASQ_KERNEL_NFT_USES_H

#include "util/common.h"

struct nft_use {
	/* By the kernel. */
	uint32_t told;
	uint32_t read;
};

/* By the number of the chain in its ruleset. */
struct nft_uses {
	struct nft_use *of;
	size_t count;
	size_t capacity;
};

/* Both make room for the chain where there is none. 0 or -ENOMEM. */
int nft_uses_tell(struct nft_uses *uses, uint32_t chain, uint32_t told);
int nft_uses_read(struct nft_uses *uses, uint32_t chain);

/* Whether all that the kernel counts was read. */
bool nft_uses_agree(const struct nft_uses *uses);

/* Whether the kernel counts more of the chain than was read. */
bool nft_uses_lack(const struct nft_uses *uses, uint32_t chain);

void nft_uses_release(struct nft_uses *uses);

#endif
