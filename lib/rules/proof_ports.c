/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that the rules for single protocols give each port of --to-ports the same chance. */
#include "rules/proof_ports.h"

#include <math.h>
#include <netinet/in.h>

/* Each of at most 64 probabilities is rounded to 1/2^31. */
#define TOLERANCE 1e-6

static int protocol_index(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return 0;
	case IPPROTO_UDP:
		return 1;
	case IPPROTO_SCTP:
		return 2;
	default:
		return -1;
	}
}

static void start_group(struct port_group *group, const struct rule *rule)
{
	group->src = rule->src;
	group->dst = rule->dst;
	for (size_t i = 0; i < PORT_PROTOCOLS; i++) {
		group->left[i] = 1;
		for (size_t j = 0; j < PORT_RANGES_MAX; j++)
			group->taken[i][j] = 0;
	}
}

static const char *take_share(struct port_group *group, const struct rule *rule)
{
	const struct ipmasq_policy *policy = group->policy;
	int protocol = protocol_index(rule->proto);
	double share;

	if (rule->target != TARGET_MASQUERADE || protocol < 0)
		return "asks for a protocol or a share of the flows, and is not one of --to-ports";
	if (group->rules == 0)
		start_group(group, rule);
	share = group->left[protocol] * rule->probability / PROBABILITY_ONE;
	for (size_t i = 0; i < policy->port_count; i++) {
		if (policy->ports[i].first != rule->ports.first ||
		    policy->ports[i].last != rule->ports.last)
			continue;
		group->taken[protocol][i] += share;
		group->left[protocol] -= share;
		group->rules++;
		return NULL;
	}
	return "masquerades to ports that are not among those of --to-ports";
}

static const char *check_shares(const struct port_group *group)
{
	const struct ipmasq_policy *policy = group->policy;
	double total = 0;

	for (size_t i = 0; i < policy->port_count; i++)
		total += policy->ports[i].last - policy->ports[i].first + 1;
	for (size_t protocol = 0; protocol < PORT_PROTOCOLS; protocol++) {
		for (size_t i = 0; i < policy->port_count; i++) {
			double size = policy->ports[i].last - policy->ports[i].first + 1;

			if (group->rules == 0 ||
			    fabs(group->taken[protocol][i] - size / total) > TOLERANCE)
				return "masquerades without giving each port of --to-ports its "
				       "share";
		}
	}
	return NULL;
}

const char *port_group_add(struct port_group *group, const struct rule *rule)
{
	bool plain = !rule->proto && rule->probability == PROBABILITY_ONE && !rule->ports.first &&
		     !rule->ports.last;
	const char *error = NULL;

	if (group->rules > 0 &&
	    (rule->target != TARGET_MASQUERADE || !prefix_equal(&rule->src, &group->src) ||
	     !prefix_equal(&rule->dst, &group->dst)))
		return "stands within rules for single protocols that masquerade something else";
	if (!plain)
		return take_share(group, rule);
	if (rule->target == TARGET_MASQUERADE && group->policy->port_count > 0)
		error = check_shares(group);
	group->rules = 0;
	return error;
}

bool port_group_pending(const struct port_group *group)
{
	return group->rules > 0;
}
