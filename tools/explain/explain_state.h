/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one run of ipmasq-explain, which all its parts share. */
#ifndef IPMASQ_EXPLAIN_STATE_H
#define IPMASQ_EXPLAIN_STATE_H

#include "cli/cli.h"
#include "cli/json.h"
#include "explain/answer.h"
#include "explain/override_index.h"

/* What the user asks about: an address, or a CIDR with several addresses. */
struct target {
	/* As the user wrote it. */
	const char *text;
	enum ipmasq_family family;
	bool is_cidr;
	uint8_t first[16];
	uint8_t last[16];
};

/* The policy for one family. The objects are made when they are first needed. */
struct view {
	const struct ipmasq_policy *policy;
	enum ipmasq_family family;
	/* There are no rules for this family. */
	bool off;
	struct ipmasq_partition *partition;
	struct ipmasq_ruleset *ruleset;
	struct override_index *overrides;
};

struct explain {
	struct cli cli;
	struct ipmasq_policy *policy;
	struct view views[2];
	struct answer_style style;
	struct json_list list;
	bool batch;
	bool table;
	bool diff;
	bool map;
	/* The agent that the policy is converted for, or NULL. */
	struct ipmasq_options *target_agent;
	/* The arguments of --from. */
	const char **dumps;
	size_t dump_count;
	/* The node that the tool runs on, for --live; else NULL. */
	struct ipmasq_node *node;
	bool live;
	/* By family, IPv4 first; NULL: they were not read yet, or cannot be. */
	struct ipmasq_flow_list *flows[2];
	/* The user knows that the flows cannot be counted. */
	bool said_flows;
	bool quiet;
	bool has_source;
	/* The pod's address. */
	struct target source;
	/* The entry that decides for that pod whatever the destination, or NULL. */
	const struct ipmasq_entry *source_entry;
	/* No answer so far was different. */
	bool all_masqueraded;
	/* The user knows that there are no rules for IPv6. */
	bool said_off;
	/* The user knows for which sources the answers are. */
	bool said_pods;
};

/* Prepares for answers, once the policy is there. */
void explain_start(struct explain *explain);
void explain_finish(struct explain *explain);

/* Says on stderr, once, that there are no rules for IPv6. */
void explain_say_off(struct explain *explain);

/* The policy, if the answers for a family are only for the sources in its podCIDRs; else NULL. */
const struct ipmasq_policy *explain_pods(const struct explain *explain, enum ipmasq_family family);

/* Says so on stderr, once for both families. */
void explain_say_pods(struct explain *explain);

/* Ends the process if @r is an error. */
void explain_check(int r);

struct view *explain_view(struct explain *explain, enum ipmasq_family family);
const struct ipmasq_partition *view_partition(struct view *view);
struct ipmasq_ruleset *view_ruleset(struct view *view);
struct override_index *view_overrides(struct view *view);

#endif
