/* SPDX-License-Identifier: Apache-2.0 */
/* The matches and targets of xtables as both variants have them in the kernel. */
#ifndef LIBIPMASQ_KERNEL_XT_H
#define LIBIPMASQ_KERNEL_XT_H

#include "rules/ruleset.h"

/* @info: the options as the kernel gives them back, of any alignment. All say whether this is one
 * that the model holds, and set its part of the rule. */

struct xt_seen {
	struct rule rule;
	bool statistic;
};

bool xt_read_match(struct xt_seen *seen, const char *name, unsigned int revision, const void *info,
		   size_t len);
bool xt_read_masquerade(struct xt_seen *seen, unsigned int revision, const void *info, size_t len);

/* An address under a mask, both of @len bytes in network order, as a prefix. */
bool xt_read_prefix(enum ipmasq_family family, const uint8_t *address, const uint8_t *mask,
		    size_t len, struct prefix *prefix);
bool xt_is_protocol(unsigned int protocol);

#endif
