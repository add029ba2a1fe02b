/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that masquerade together: with --to-ports, one MASQUERADE becomes rules for single
 * protocols and shares of the flows, then a plain one for the rest. Such a group is judged as one
 * rule.
 */
#ifndef LIBIPMASQ_PROOF_PORTS_H
#define LIBIPMASQ_PROOF_PORTS_H

#include "rules/ruleset.h"

#define PORT_PROTOCOLS 3

struct port_group {
	const struct ipmasq_policy *policy;
	struct prefix dst; /* what all rules of the group match */
	size_t rules; /* how many have been seen; 0: not within a group */
	double left[PORT_PROTOCOLS]; /* share of the flows that no rule has taken yet */
	double taken[PORT_PROTOCOLS][PORT_RANGES_MAX]; /* by each of the policy's ranges */
};

#define PORT_GROUP_INIT(of_policy)    \
	{                             \
		.policy = (of_policy) \
	}

/*
 * Takes the next rule of a chain. NULL, or why the group is not what the policy asks for. A rule
 * outside of any group is fine if it is one that may stand alone.
 */
const char *port_group_add(struct port_group *group, const struct rule *rule);

/* Whether the rule just taken does not decide yet: more of its group must follow. */
bool port_group_pending(const struct port_group *group);

#endif
