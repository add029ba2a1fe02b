/* SPDX-License-Identifier: Apache-2.0 */
/* The words of iptables for a rule of nf_tables. */
#ifndef LIBIPMASQ_KERNEL_NFT_WORDS_H
#define LIBIPMASQ_KERNEL_NFT_WORDS_H

#include "node/kernel/nft_rule.h"

/* @read: what nft_rule_read() made of @expressions. @exact: the words are all there is to it. The
 * text is the caller's; NULL: out of memory. */
char *nft_rule_words(const char *chain, const struct nlattr *expressions,
		     const struct nft_rule *read, bool *exact);

#endif
