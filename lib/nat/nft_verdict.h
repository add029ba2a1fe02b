/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule of nftables does with a packet. */
#ifndef LIBIPMASQ_NAT_NFT_VERDICT_H
#define LIBIPMASQ_NAT_NFT_VERDICT_H

#include "nat/nft_elements.h"
#include "nat/nft_rule.h"

/* Takes a verdict of a rule or of a map: accept, jump CHAIN. False: it is at none. */
bool nft_verdict_take(const struct nft_rule *rule, struct nft_words *words,
		      struct nft_decision *decision);

/*
 * What the source becomes: an address, prefix or range, with ports or not.
 *
 * @is_prefix  as a whole, so that its host bits stay
 */
void nft_to_read(struct nft_slice text, bool is_prefix, struct nft_decision *decision,
		 unsigned int *families);

#endif
