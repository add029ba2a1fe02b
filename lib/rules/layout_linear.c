/* SPDX-License-Identifier: Apache-2.0 */
/* One rule per entry, in decision order, in one chain, as users know it from other agents. */
#include "rules/layout_linear.h"

#include <string.h>

#include "rules/masquerade.h"

int layout_linear(struct ipmasq_ruleset *ruleset)
{
	const struct policy_family *f = policy_family(ruleset->policy, ruleset->family);
	const char *name = ruleset->policy->chain;
	struct chain *chain;
	uint32_t index;
	int r = ruleset_add_chain(ruleset, name, strlen(name), &index);

	if (r < 0)
		return r;
	chain = &ruleset->chains[index];
	for (size_t i = 0; i < f->count && r == 0; i++) {
		const struct ipmasq_entry *entry = &f->entries[i];
		struct rule rule = rule_any(ruleset->family);

		/* What nothing matches returns at the end of the chain. */
		if (entry->origin == IPMASQ_ORIGIN_NONE)
			continue;
		rule.entry = (uint32_t)i;
		if (i < f->source_count)
			rule.src = entry->prefix;
		else
			rule.dst = entry->prefix;
		r = entry->verdict == IPMASQ_MASQUERADE ? add_masquerade(ruleset, chain, &rule)
							: chain_add_rule(chain, &rule);
	}
	return r;
}
