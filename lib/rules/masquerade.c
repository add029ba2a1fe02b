/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that carry out MASQUERADE: one, or with --to-ports several. */
#include "rules/masquerade.h"

#include <netinet/in.h>

/* The protocols with ports that MASQUERADE can choose. */
static const uint8_t port_protocols[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };

/*
 * A rule is reached by the flows that the rules before it did not take. So it takes its share among
 * the ports that remain, and the last rule takes everything.
 */
static int add_port_rules(const struct ipmasq_policy *policy, struct chain *chain,
			  const struct rule *masquerade, uint8_t proto)
{
	struct rule rule = *masquerade;
	uint64_t remaining = 0;
	int r = 0;

	for (size_t i = 0; i < policy->port_count; i++)
		remaining += policy->ports[i].last - policy->ports[i].first + 1u;
	rule.proto = proto;
	for (size_t i = 0; i < policy->port_count && r == 0; i++) {
		uint64_t size = policy->ports[i].last - policy->ports[i].first + 1u;

		rule.ports = policy->ports[i];
		rule.probability = (uint32_t)((size * PROBABILITY_ONE + remaining / 2) / remaining);
		remaining -= size;
		r = chain_add_rule(chain, &rule);
	}
	return r;
}

int add_masquerade(const struct ipmasq_ruleset *ruleset, struct chain *chain,
		   const struct rule *match)
{
	struct rule rule = *match;
	int r = 0;

	rule.target = TARGET_MASQUERADE;
	rule.random_fully = ruleset->random_fully;
	if (ruleset->policy->port_count > 0)
		for (size_t i = 0; i < ARRAY_SIZE(port_protocols) && r == 0; i++)
			r = add_port_rules(ruleset->policy, chain, &rule, port_protocols[i]);
	return r < 0 ? r : chain_add_rule(chain, &rule);
}
