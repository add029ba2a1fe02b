/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of rules that masquerade together. With --to-ports, one MASQUERADE becomes rules for
 * single protocols and shares of the flows, then a plain one for the rest; the proof judges such a
 * group as one rule.
 */
#ifndef LIBIPMASQ_PROOF_PORTS_H
#define LIBIPMASQ_PROOF_PORTS_H

#include "rules/ruleset.h"

#define PORT_PROTOCOLS 3

struct port_group {
	const struct ipmasq_policy *policy;
	/* What all rules of the group match. */
	struct prefix src;
	struct prefix dst;
	/* How many have been seen; 0: not within a group. */
	size_t rules;
	/* The share of the flows that no rule has taken yet. */
	double left[PORT_PROTOCOLS];
	/* The share that each of the policy's ranges has taken. */
	double taken[PORT_PROTOCOLS][PORT_RANGES_MAX];
};

#define PORT_GROUP_INIT(of_policy)    \
	{                             \
		.policy = (of_policy) \
	}

/*
 * Takes the next rule of a chain. Returns NULL, or why the group is not what the policy asks for.
 * Outside of any group, only rules that may stand alone are right.
 */
const char *port_group_add(struct port_group *group, const struct rule *rule);

/* Whether the rule taken last does not decide yet, since others of its group must follow. */
bool port_group_pending(const struct port_group *group);

#endif
