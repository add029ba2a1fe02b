/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a rule of nf_tables, where it has a form that iptables-nft gives our rules, and tells which
 * other forms certainly mean something else. */
#ifndef LIBIPMASQ_KERNEL_NFT_RULE_H
#define LIBIPMASQ_KERNEL_NFT_RULE_H

#include <libmnl/libmnl.h>

#include "node/kernel/xt.h"

struct nft_rule {
	/* TARGET_OTHER where its verdict is a jump or goto to `chain` */
	struct xt_seen seen;
	/* `seen`, `chain` and `is_goto` are all there is to it */
	bool known;
	/* So are the addresses and the protocol in `seen`, whatever else there is. */
	bool addresses;
	/* It does something that our rules never do, and that the programs may print as if it were
	 * something else. */
	bool differs;
	/* It has a part that no iptables program writes, so they may refuse the table. */
	bool foreign;
	/* It rewrites sources. */
	bool rewrites;
	/* In the message; NULL: it leads to none. */
	const char *chain;
	bool is_goto;
};

/* @expressions: its NFTA_RULE_EXPRESSIONS, or NULL. */
void nft_rule_read(enum ipmasq_family family, const struct nlattr *expressions,
		   struct nft_rule *rule);

/* The attribute behind @last within another, the first one for NULL; NULL: there is none. */
const struct nlattr *nft_attr_next(const struct nlattr *nest, const struct nlattr *last);

static inline uint16_t nft_attr_type(const struct nlattr *attr)
{
	return attr->nla_type & NLA_TYPE_MASK;
}

/* The attribute of that type within another, or NULL. The text of one, or NULL, also where it does
 * not end in a NUL. The number in one, which may be NULL, or in one within another, in host order;
 * a handle is a number of eight bytes. */
const struct nlattr *nft_find(const struct nlattr *nest, uint16_t type);
const char *nft_text(const struct nlattr *nest, uint16_t type);
bool nft_number_of(const struct nlattr *attr, uint32_t *number);
bool nft_number(const struct nlattr *nest, uint16_t type, uint32_t *number);
bool nft_handle_of(const struct nlattr *attr, uint64_t *handle);

#endif
