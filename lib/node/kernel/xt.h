/* SPDX-License-Identifier: Apache-2.0 */
/* The matches and targets of xtables as both variants have them in the kernel. */
#ifndef LIBIPMASQ_KERNEL_XT_H
#define LIBIPMASQ_KERNEL_XT_H

#include "rules/ruleset.h"

/* A rule in the making. */
struct xt_seen {
	struct rule rule;
	bool statistic;
	/* Of its comment, without a NUL, where the rule was read; NULL: it has none. */
	const char *comment;
	size_t comment_len;
};

/* Sets the part of the rule that a match or target stands for; false: the model cannot hold it.
 * @info: its options as the kernel gives them back, of any alignment. */

bool xt_read_match(struct xt_seen *seen, const char *name, unsigned int revision, const void *info,
		   size_t len);
bool xt_read_masquerade(struct xt_seen *seen, unsigned int revision, const void *info, size_t len);

/* Makes a prefix of an address and a mask, both of @len bytes in network order. False: they are
 * none.
 */
bool xt_read_prefix(enum ipmasq_family family, const uint8_t *address, const uint8_t *mask,
		    size_t len, struct prefix *prefix);

/* Whether the model has the protocol. */
bool xt_is_protocol(unsigned int protocol);

#endif
