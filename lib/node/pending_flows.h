/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that were replaced while flows which they translated were not dealt with yet. */
#ifndef LIBIPMASQ_PENDING_FLOWS_H
#define LIBIPMASQ_PENDING_FLOWS_H

#include <stddef.h>

struct ipmasq_ruleset;

/* How many earlier rulesets are remembered. */
#define PENDING_MAX 8

struct pending_flows {
	/* The oldest first, no two equal. NULL: none of our rules was in force. */
	struct ipmasq_ruleset *before[PENDING_MAX];
	size_t count;
};

/* Takes over @before, and drops the oldest where there is no room. */
void pending_flows_add(struct pending_flows *pending, struct ipmasq_ruleset *before);
void pending_flows_forget(struct pending_flows *pending);

#endif
