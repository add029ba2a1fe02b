/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a chain of `nft list ruleset`. */
#ifndef LIBIPMASQ_NAT_NFT_LINES_H
#define LIBIPMASQ_NAT_NFT_LINES_H

#include "nat/nft_index.h"

/* Adds the rules of a chain, and what kind of base chain it is. -ENOMEM. */
int nft_add_lines(struct nft_table *table, struct nft_chain *chain, struct nft_slice body);

#endif
