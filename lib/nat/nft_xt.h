/* SPDX-License-Identifier: Apache-2.0 */
/* Matches and targets of iptables that nft lists by name alone. */
#ifndef LIBIPMASQ_NAT_NFT_XT_H
#define LIBIPMASQ_NAT_NFT_XT_H

#include "nat/nft_rule.h"

/* What follows the word `xt`: `match "NAME"`, `target "NAME"`. -ENOMEM. */
int nft_xt_read(struct nft_rule *rule, struct nft_words *words);

/* The same as nft before 1.0.6 has it: `# xt_NAME`. */
bool nft_xt_starts(const struct nft_words *words);
int nft_xt_read_old(struct nft_rule *rule, struct nft_words *words);

#endif
