/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses, interfaces and protocol of a rule that is not ours, as iptables would write them.
 */
#ifndef LIBIPMASQ_KERNEL_CONDITIONS_H
#define LIBIPMASQ_KERNEL_CONDITIONS_H

#include <libmnl/libmnl.h>

#include "util/prefix.h"

/* In the order of iptables-save. */
enum condition {
	CONDITION_SOURCE,
	CONDITION_DESTINATION,
	CONDITION_IN,
	CONDITION_OUT,
	CONDITION_PROTOCOL,
	CONDITIONS,
};

struct conditions {
	struct {
		bool is_not;
		/* Empty: there is no such condition. */
		char text[PREFIX_TEXT_MAX];
	} of[CONDITIONS];
	/* There are others, which have no words here. */
	bool more;
};

/* Each sets one of them; what has no words, or comes twice, is one more. */
void condition_set_prefix(struct conditions *conditions, enum condition which,
			  enum ipmasq_family family, const uint8_t *address, const uint8_t *mask,
			  size_t len, bool is_not);
/* @name: of @len bytes. @is_start: the names of many interfaces begin so. */
void condition_set_interface(struct conditions *conditions, enum condition which, const char *name,
			     size_t len, bool is_start, bool is_not);
void condition_set_protocol(struct conditions *conditions, unsigned int protocol, bool is_not);

/* Those of a legacy entry, whose part that holds them is struct ipt_ip or ip6t_ip6. */
void legacy_conditions(enum ipmasq_family family, const void *part, struct conditions *conditions);

/* Those of a rule of nf_tables, by its NFTA_RULE_EXPRESSIONS. Matches of xtables, targets and
 * verdicts are not among them. */
void nft_conditions(enum ipmasq_family family, const struct nlattr *expressions,
		    struct conditions *conditions);

#endif
