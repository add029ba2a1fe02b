/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict of a ruleset for one packet, also of one that was read from a kernel. */
#ifndef LIBIPMASQ_VERDICT_H
#define LIBIPMASQ_VERDICT_H

#include "rules/ruleset.h"

enum rules_verdict {
	RULES_RETURN,
	RULES_MASQUERADE,
	/* A rule on the way of the packet has a match or a target that the model does not have. */
	RULES_UNKNOWN,
};

enum rules_verdict ruleset_verdict(const struct ipmasq_ruleset *ruleset, const struct addr *src,
				   const struct addr *dst, uint8_t proto);

#endif
