/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One rule per entry, in decision order, in one chain, as users know it from other agents. The
 * entries of podCIDRs lead on to a second chain, so that all other sources return at the end of the
 * first.
 */
#include "rules/layout_linear.h"

#include <string.h>

#include "rules/chain_name.h"
#include "rules/masquerade.h"

/* The chain for the sources of podCIDRs, to which each of its entries leads. */
static int add_pods(struct ipmasq_ruleset *ruleset, const struct policy_family *f)
{
	char name[CHAIN_NAME_MAX + 1];
	int r;

	chain_sub_name(ruleset->policy->chain, ruleset->generation, "pods", name);
	r = ruleset_add_chain(ruleset, name, strlen(name), &ruleset->pods);
	for (size_t i = 0; i < f->pod_count && r == 0; i++) {
		struct rule rule = rule_any(ruleset->family);

		rule.entry = (uint32_t)(f->count + i);
		rule.src = policy_pods(f)[i].prefix;
		rule.target = TARGET_GOTO;
		rule.chain = ruleset->pods;
		r = chain_add_rule(&ruleset->chains[0], &rule);
	}
	return r;
}

static int add_entry(struct ipmasq_ruleset *ruleset, const struct policy_family *f, size_t index)
{
	const struct ipmasq_entry *entry = &f->entries[index];
	struct chain *chain = &ruleset->chains[ruleset->pods];
	struct rule rule = rule_any(ruleset->family);

	/* What nothing matches returns at the end of the chain. */
	if (entry->origin == IPMASQ_ORIGIN_NONE)
		return 0;
	rule.entry = (uint32_t)index;
	if (index < f->source_count)
		rule.src = entry->prefix;
	else
		rule.dst = entry->prefix;
	return entry->verdict == IPMASQ_MASQUERADE ? add_masquerade(ruleset, chain, &rule)
						   : chain_add_rule(chain, &rule);
}

int layout_linear(struct ipmasq_ruleset *ruleset)
{
	const struct policy_family *f = policy_family(ruleset->policy, ruleset->family);
	int r = chain_add_first(ruleset);

	if (r == 0 && f->pod_count > 0)
		r = add_pods(ruleset, f);
	for (size_t i = policy_first_source(f); i < f->count && r == 0; i++)
		r = add_entry(ruleset, f, i);
	return r;
}
