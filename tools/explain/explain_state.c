/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one run of ipmasq-explain. */
#include "explain/explain_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/output_text.h"

void explain_check(int r)
{
	if (r < 0)
		cli_die(r, "cannot find the answer");
}

struct view *explain_view(struct explain *explain, enum ipmasq_family family)
{
	return &explain->views[family == IPMASQ_IPV6];
}

const struct ipmasq_partition *view_partition(struct view *view)
{
	if (!view->partition)
		explain_check(ipmasq_partition_new(view->policy, view->family, &view->partition));
	return view->partition;
}

struct ipmasq_ruleset *view_ruleset(struct view *view)
{
	if (!view->ruleset)
		explain_check(ipmasq_ruleset_new(view->policy, view->family, 0, &view->ruleset));
	return view->ruleset;
}

struct override_index *view_overrides(struct view *view)
{
	if (!view->overrides)
		view->overrides = override_index_new(view->policy, view->family);
	if (!view->overrides)
		explain_check(-ENOMEM);
	return view->overrides;
}

/* Finds out whether the sender's address alone decides: it does if the first entry that matches it
 * is one for sources. */
static void find_source_entry(struct explain *explain)
{
	const struct target *source = &explain->source;
	struct ipmasq_decision *decision;

	if (!explain->has_source || explain_view(explain, source->family)->off)
		return;
	explain_check(ipmasq_policy_explain(explain->policy, source->family, source->first,
					    source->first, &decision));
	if (answer_entry(decision->entry).origin <= IPMASQ_ORIGIN_NON_MASQUERADE_SRC)
		explain->source_entry = decision->entry;
	ipmasq_decision_free(decision);
}

void explain_start(struct explain *explain)
{
	struct ipmasq_policy_details info;

	explain_check(ipmasq_policy_info(explain->policy, &info, sizeof(info)));
	for (int i = 0; i < 2; i++) {
		explain->views[i].policy = explain->policy;
		explain->views[i].family = i ? IPMASQ_IPV6 : IPMASQ_IPV4;
	}
	explain->views[1].off = info.ipv6 == IPMASQ_OFF;
	explain->style = (struct answer_style){
		.profile = info.profile,
		.chain = info.chain,
		.reserved_ranges = explain->cli.reserved_ranges,
		.colour = text_colour(stdout),
	};
	find_source_entry(explain);
}

void explain_finish(struct explain *explain)
{
	for (int i = 0; i < 2; i++) {
		ipmasq_partition_free(explain->views[i].partition);
		ipmasq_ruleset_free(explain->views[i].ruleset);
		override_index_free(explain->views[i].overrides);
	}
	for (size_t i = 0; i < 2; i++)
		ipmasq_flow_list_free(explain->flows[i]);
	ipmasq_node_free(explain->node);
	free(explain->dumps);
	ipmasq_options_free(explain->target_agent);
	ipmasq_policy_free(explain->policy);
}

void explain_say_off(struct explain *explain)
{
	if (explain->said_off || explain->quiet)
		return;
	explain->said_off = true;
	cli_say("note: IPv6 is off (--ipv6=on turns it on), so there are no rules for it and none "
		"of it is masqueraded");
}

const struct ipmasq_policy *explain_pods(const struct explain *explain, enum ipmasq_family family)
{
	bool limited = !explain->has_source && ipmasq_policy_pod_count(explain->policy, family) > 0;

	return limited ? explain->policy : NULL;
}

void explain_say_pods(struct explain *explain)
{
	const char *between = "";
	char said[2 * ANSWER_PODS_MAX];
	char text[ANSWER_PODS_MAX];
	int len = 0;

	if (explain->said_pods || explain->quiet)
		return;
	explain->said_pods = true;
	for (int i = 0; i < 2; i++) {
		const struct view *view = &explain->views[i];

		if (view->off || !explain_pods(explain, view->family))
			continue;
		len += snprintf(said + len, sizeof(said) - (size_t)len, "%s%s", between,
				answer_pods(explain->policy, view->family, text));
		between = ", ";
	}
	if (len > 0)
		cli_say("note: the answers are for sources in podCIDRs, %s; all others keep their "
			"address",
			said);
}
