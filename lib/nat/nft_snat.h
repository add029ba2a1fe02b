/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of nftables that rewrite the source. */
#ifndef LIBIPMASQ_NAT_NFT_SNAT_H
#define LIBIPMASQ_NAT_NFT_SNAT_H

#include "nat/nft_rule.h"

/* Read what follows these words. -ENOMEM. */
int nft_masquerade_read(struct nft_rule *rule, struct nft_words *words);
int nft_snat_read(struct nft_rule *rule, struct nft_words *words);

#endif
