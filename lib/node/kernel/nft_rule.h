/* SPDX-License-Identifier: Apache-2.0 */
/* What does one rule of nf_tables say, if it is one as iptables-nft writes ours? */
#ifndef LIBIPMASQ_KERNEL_NFT_RULE_H
#define LIBIPMASQ_KERNEL_NFT_RULE_H

#include <libmnl/libmnl.h>

#include "node/kernel/xt.h"

struct nft_rule {
	struct xt_seen seen; /* TARGET_OTHER where its verdict is to go to `chain` */
	bool known; /* `seen`, `chain` and `is_goto` are all there is to it */
	bool foreign; /* it has a part that no iptables program writes: they may refuse the table */
	bool rewrites; /* sources */
	const char *chain; /* in the message; NULL: it leads to none */
	bool is_goto;
};

/* @expressions: its NFTA_RULE_EXPRESSIONS, or NULL. */
void nft_rule_read(enum ipmasq_family family, const struct nlattr *expressions,
		   struct nft_rule *rule);

/* The attribute of that type within another, or NULL; as text (NULL too where it has no NUL at its
 * end), or as a number. */
const struct nlattr *nft_find(const struct nlattr *nest, uint16_t type);
const char *nft_text(const struct nlattr *nest, uint16_t type);
bool nft_number(const struct nlattr *nest, uint16_t type, uint32_t *number);

#endif
