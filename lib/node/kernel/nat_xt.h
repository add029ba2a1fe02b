/* SPDX-License-Identifier: Apache-2.0 */
/* What matches and targets of xtables, which legacy tables and those of iptables-nft have in
 * common, add to a rule of a model. */
#ifndef LIBIPMASQ_KERNEL_NAT_XT_H
#define LIBIPMASQ_KERNEL_NAT_XT_H

#include "node/kernel/nat_draft.h"

/* Where the matches of ipsets find these. */
struct nat_ipsets {
	/* The set of that number, its elements as far as they are addresses of @family; NULL: it
	 * cannot be read. @name: how it is called, or NULL. */
	const struct nat_set *(*find)(struct nat_ipsets *sets, uint16_t index,
				      enum ipmasq_family family, const char **name);
};

/* A match or target as the kernel has it. */
struct nat_xt {
	enum ipmasq_family family;
	/* NULL: they cannot be read. */
	struct nat_ipsets *ipsets;
	const char *name;
	unsigned int revision;
	/* Its options, of any alignment. */
	const void *info;
	size_t len;
};

/* Adds what the match tests; what is not known adds a condition that is not known. */
void nat_xt_match(struct nat_draft *draft, const struct nat_xt *xt);

/* Sets the verdict of the rule; that of a target which is not known is NAT_UNKNOWN. */
void nat_xt_target(struct nat_draft *draft, const struct nat_xt *xt);

/* "-m limit" and "-j LOG". False: the options are not understood. */
bool nat_xt_limit(struct nat_draft *draft, const struct nat_xt *xt);
bool nat_xt_log(struct nat_draft *draft, const struct nat_xt *xt);

/* Copies the options into a structure. False: there are fewer. */
bool nat_xt_take(const struct nat_xt *xt, void *to, size_t size);

/* Adds the addresses, interfaces and protocol of a legacy entry, whose part that holds them is
 * struct ipt_ip or ip6t_ip6. */
void nat_xt_entry(struct nat_draft *draft, enum ipmasq_family family, const void *part);

/* Conditions that the kernel's own expressions state too. Their words are those of iptables. */
void nat_xt_prefix(struct nat_draft *draft, enum ipmasq_family family, bool is_source,
		   const uint8_t *address, const uint8_t *mask, bool negated);
void nat_xt_protocol(struct nat_draft *draft, unsigned int protocol, bool negated);
void nat_xt_interface(struct nat_draft *draft, bool is_in, const char *name, size_t len,
		      bool is_start, bool negated);

/* "tcp", or a number; @room holds that. */
#define NAT_PROTOCOL_TEXT_MAX 16
const char *nat_protocol_name(unsigned int protocol, char room[NAT_PROTOCOL_TEXT_MAX]);

/* A condition that holds for one protocol. */
struct nat_condition nat_on_protocol(unsigned int protocol, bool negated);

/* The last address of a range, as sets have it: with ones in the bits that IPv4 does not have. */
struct addr nat_last(enum ipmasq_family family, struct addr address);

#endif
