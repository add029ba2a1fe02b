/* SPDX-License-Identifier: Apache-2.0 */
/* What do these rules decide for one packet? Also of rules that somebody else wrote. */
#ifndef LIBIPMASQ_VERDICT_H
#define LIBIPMASQ_VERDICT_H

#include "rules/ruleset.h"

enum rules_verdict {
	RULES_RETURN,
	RULES_MASQUERADE,
	RULES_UNKNOWN, /* a rule on its way has a match or a target that the model does not hold */
};

enum rules_verdict ruleset_verdict(const struct ipmasq_ruleset *ruleset, const struct addr *src,
				   const struct addr *dst, uint8_t proto);

#endif
