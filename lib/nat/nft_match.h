/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions of rules of nftables: what a packet must have, and what is changed of it. */
#ifndef LIBIPMASQ_NAT_NFT_MATCH_H
#define LIBIPMASQ_NAT_NFT_MATCH_H

#include "nat/nft_rule.h"

/* Reads `KEY VALUE`, `KEY vmap MAP` or `KEY set VALUE`. -ENOMEM. */
int nft_match_read(struct nft_rule *rule, struct nft_words *words);

#endif
