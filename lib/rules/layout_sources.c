/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/layout_sources.h"

struct rule rule_for_prefix(const struct prefix *prefix, bool by_source)
{
	struct rule rule = rule_any((enum ipmasq_family)prefix->family);

	if (by_source)
		rule.src = *prefix;
	else
		rule.dst = *prefix;
	return rule;
}

int add_source_rules(struct ipmasq_ruleset *ruleset)
{
	const struct policy_family *f = policy_family(ruleset->policy, ruleset->family);
	int r = 0;

	for (size_t i = 0; i < f->source_count && r == 0; i++) {
		struct rule rule = rule_for_prefix(&f->entries[i].prefix, true);

		rule.entry = (uint32_t)i;
		r = chain_add_rule(&ruleset->chains[0], &rule);
	}
	return r;
}

void lead_to_pods(struct ipmasq_ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->count; i++) {
		struct chain *chain = &ruleset->chains[i];

		for (size_t k = 0; k < chain->count; k++)
			if (chain->rules[k].chain == CHAIN_OF_PODS)
				chain->rules[k].chain = ruleset->pods;
	}
}
