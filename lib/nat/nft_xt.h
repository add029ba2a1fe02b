/* SPDX-License-Identifier: Apache-2.0 */
/* Matches and targets of iptables that nft lists by name alone. */
#ifndef LIBIPMASQ_NAT_NFT_XT_H
#define LIBIPMASQ_NAT_NFT_XT_H

#include "nat/nft_rule.h"

/* What follows the word `xt`: `match "NAME"`, `target "NAME"`. -ENOMEM. */
int nft_xt_read(struct nft_rule *rule, struct nft_words *words);

/* What follows a hash; see nft_words.h. -ENOMEM. */
int nft_xt_read_old(struct nft_rule *rule, struct nft_words *words);

#endif
