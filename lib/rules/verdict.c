/* SPDX-License-Identifier: Apache-2.0 */
/* What do these rules decide for one packet? */
#include "rules/verdict.h"

/* A bound for chains that go round in a circle, which no kernel takes. */
#define VISITS_MAX (1u << 24)

static bool prefix_holds(const struct prefix *prefix, const struct addr *addr)
{
	struct addr mask = addr_mask(prefix->len);

	return (addr->hi & mask.hi) == prefix->addr.hi && (addr->lo & mask.lo) == prefix->addr.lo;
}

enum rules_verdict ruleset_verdict(const struct ipmasq_ruleset *ruleset, const struct addr *src,
				   const struct addr *dst, uint8_t proto)
{
	const struct chain *chain = &ruleset->chains[0];
	bool perhaps = false; /* some packets of the kind are masqueraded already */
	size_t index = 0;

	for (uint32_t visits = 0; index < chain->count; visits++) {
		const struct rule *rule = &chain->rules[index++];

		if (rule_is_odd(rule) || visits == VISITS_MAX)
			return RULES_UNKNOWN;
		if ((rule->proto && rule->proto != proto) || !prefix_holds(&rule->src, src) ||
		    !prefix_holds(&rule->dst, dst))
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
