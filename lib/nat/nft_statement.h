/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of nftables, statement by statement. */
#ifndef LIBIPMASQ_NAT_NFT_STATEMENT_H
#define LIBIPMASQ_NAT_NFT_STATEMENT_H

#include "nat/nft_index.h"

/*
 * Reads a rule and adds it to a chain of the model, as one rule or as several of one number. What
 * it does not know is a condition that may hold; a rule of which that may be the verdict is
 * NAT_UNKNOWN. -ENOMEM.
 */
int nft_read_rule(struct nft_index *index, struct nft_table *table, uint32_t chain, size_t number,
		  struct nft_slice text);

#endif
