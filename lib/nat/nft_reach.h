/* SPDX-License-Identifier: Apache-2.0 */
/* From the index of a dump of nftables to the model: the chains that base chains lead to. */
#ifndef LIBIPMASQ_NAT_NFT_REACH_H
#define LIBIPMASQ_NAT_NFT_REACH_H

#include "nat/nft_index.h"

/* Adds what the index holds to the model. -ENOMEM. */
int nft_index_read(struct nft_index *index);

#endif
