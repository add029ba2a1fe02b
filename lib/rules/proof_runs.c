/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of rules in ascending order of their destinations. */
#include "rules/proof_runs.h"

#include <stdlib.h>

/* Chains with less are walked rule by rule. */
#define CHAIN_MIN 16

/* Whether a rule does nothing that must be looked at where it does not match. */
static bool is_plain(const struct rule *rule)
{
	return !rule_is_odd(rule) && rule->src.len == 0 && rule->dst.len > 0 && !rule->proto &&
	       rule->probability == PROBABILITY_ONE &&
	       (rule->target == TARGET_RETURN || rule->target == TARGET_GOTO);
}

static bool follows(const struct rule *rule, const struct rule *next)
{
	return is_plain(next) && addr_compare(prefix_last(&rule->dst), next->dst.addr) < 0;
}

static uint32_t *find_ends(const struct chain *chain)
{
	uint32_t *ends = malloc(chain->count * sizeof(*ends));

	for (size_t i = chain->count; ends && i-- > 0;) {
		bool goes_on = i + 1 < chain->count && is_plain(&chain->rules[i]) &&
			       follows(&chain->rules[i], &chain->rules[i + 1]);

		ends[i] = goes_on ? ends[i + 1] : (uint32_t)i + 1;
	}
	return ends;
}

int runs_find(const struct ipmasq_ruleset *ruleset, size_t chains, struct runs *runs)
{
	*runs = (struct runs){ .ends = calloc(chains, sizeof(*runs->ends)), .chains = chains };
	if (!runs->ends)
		return -ENOMEM;
	for (size_t i = 0; i < chains; i++) {
		if (ruleset->chains[i].count < CHAIN_MIN)
			continue;
		runs->ends[i] = find_ends(&ruleset->chains[i]);
		if (!runs->ends[i])
			return -ENOMEM;
	}
	return 0;
}

void runs_release(struct runs *runs)
{
	for (size_t i = 0; runs->ends && i < runs->chains; i++)
		free(runs->ends[i]);
	free(runs->ends);
}

size_t runs_skip(const struct runs *runs, const struct ipmasq_ruleset *ruleset, uint32_t chain,
		 size_t rule, struct addr first, struct addr last)
{
	const struct rule *rules = ruleset->chains[chain].rules;
	size_t count = ruleset->chains[chain].count;

	while (rule < count) {
		size_t end = run_end(runs, chain, rule);
		size_t high = end;

		if (end == rule + 1)
			return rule;
		while (rule < high) {
			size_t middle = rule + (high - rule) / 2;

			if (addr_compare(prefix_last(&rules[middle].dst), first) < 0)
				rule = middle + 1;
			else
				high = middle;
		}
		if (rule < end && addr_compare(rules[rule].dst.addr, last) <= 0)
			return rule;
		rule = end;
	}
	return rule;
}
