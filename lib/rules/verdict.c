/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the rules that one packet meets, to their verdict. */
#include "rules/verdict.h"

/* A bound for chains in a circle, which no kernel accepts. */
#define VISITS_MAX (1u << 24)

enum rules_verdict ruleset_verdict(const struct ipmasq_ruleset *ruleset, const struct addr *src,
				   const struct addr *dst, uint8_t proto)
{
	const struct chain *chain = &ruleset->chains[0];
	/* Some packets of the kind are masqueraded already. */
	bool perhaps = false;
	size_t index = 0;

	for (uint32_t visits = 0; index < chain->count; visits++) {
		const struct rule *rule = &chain->rules[index++];

		if (rule_is_odd(rule) || visits == VISITS_MAX)
			return RULES_UNKNOWN;
		if ((rule->proto && rule->proto != proto) || !prefix_has(&rule->src, *src) ||
		    !prefix_has(&rule->dst, *dst))
			continue;
		if (rule->probability != PROBABILITY_ONE) {
			if (rule->target != TARGET_MASQUERADE)
				return RULES_UNKNOWN;
			perhaps = true;
		} else if (rule->target == TARGET_GOTO) {
			chain = &ruleset->chains[rule->chain];
			index = 0;
		} else if (rule->target == TARGET_MASQUERADE) {
			return RULES_MASQUERADE;
		} else {
			break;
		}
	}
	return perhaps ? RULES_UNKNOWN : RULES_RETURN;
}
