/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at what the configuration does as a whole. */
#include "lint/lint_outcome.h"

#include <stdio.h>

/* Whether some addresses of a family are masqueraded, and some not; link-local ranges aside. */
struct outcome {
	bool masquerades;
	bool keeps;
};

static struct outcome find_outcome(const struct ipmasq_partition *partition)
{
	struct outcome outcome = { false, false };
	const struct ipmasq_entry *entry;

	for (size_t i = 0; (entry = ipmasq_partition_get(partition, i, NULL, NULL)); i++) {
		outcome.masquerades |= entry->verdict == IPMASQ_MASQUERADE;
		outcome.keeps |= entry->verdict == IPMASQ_RETURN &&
				 entry->origin != IPMASQ_ORIGIN_LINK_LOCAL;
	}
	return outcome;
}

static bool outbound_on(const struct lint_run *run, enum ipmasq_family family)
{
	return run->partitions[family == IPMASQ_IPV6] &&
	       lint_last_entry(run, family)->verdict == IPMASQ_MASQUERADE;
}

/* The traffic of a family that no entry of nonMasqueradeCIDRs keeps: what earlier steps return is
 * not meant. */
#define TRAFFIC_MAX 128
static const char *rest_of_traffic(const struct lint_run *run, enum ipmasq_family family,
				   char text[TRAFFIC_MAX])
{
	const struct ipmasq_partition *partition = run->partitions[family == IPMASQ_IPV6];
	const struct policy_family *f = policy_family(run->policy, family);
	bool some = f->source_count > policy_first_source(f);
	const struct ipmasq_entry *entry;
	bool link_local = false;

	for (size_t i = 0; (entry = ipmasq_partition_get(partition, i, NULL, NULL)); i++)
		link_local |= entry->origin == IPMASQ_ORIGIN_LINK_LOCAL;
	snprintf(text, TRAFFIC_MAX, "all IPv%d traffic%s%s%s%s%s", (int)family,
		 f->pod_count > 0 ? " from podCIDRs" : "", link_local || some ? " except" : "",
		 link_local ? " to link-local addresses" : "", link_local && some ? " and" : "",
		 some ? " from nonMasqueradeSrcCIDRs" : "");
	return text;
}

static int report_null(struct lint_run *run, const struct lint_list *list)
{
	char traffic[TRAFFIC_MAX];

	if (!outbound_on(run, IPMASQ_IPV4))
		return diag_add(run->diags, IPMASQ_NOTE, "null-list", &list->pos, NULL,
				"%s has no value, which means an empty list and not the default",
				config_key_name(list->key));
	return diag_add(run->diags, IPMASQ_WARNING, "null-list", &list->pos, NULL,
			"%s has no value, which means an empty list and not the default: %s is "
			"masqueraded, including that between pods",
			config_key_name(list->key), rest_of_traffic(run, IPMASQ_IPV4, traffic));
}

/* The other lists are empty by default, however that is written. */
int lint_empty(struct lint_run *run)
{
	const struct lint_list *list = &run->lists[IPMASQ_NON_MASQUERADE_CIDRS];
	char traffic[TRAFFIC_MAX];

	if (!list->given || list->count > 0)
		return 0;
	if (lint_given(run, list->key)->null)
		return report_null(run, list);
	if (!outbound_on(run, IPMASQ_IPV4))
		return 0;
	return diag_add(run->diags, IPMASQ_WARNING, "empty-list-masquerades-all", &list->pos, NULL,
			"the list is empty, and masqOutBound is on: %s is masqueraded, including "
			"that between pods",
			rest_of_traffic(run, IPMASQ_IPV4, traffic));
}

/* A family whose switch the user turned off is no finding. */
static int report_nothing(struct lint_run *run, enum ipmasq_family family, const struct pos *pos)
{
	const struct ipmasq_entry *last = lint_last_entry(run, family);
	const char *why = "other entries return all of them";

	if (last->origin == IPMASQ_ORIGIN_NONE && last->pos.text)
		return 0;
	if (last->origin == IPMASQ_ORIGIN_NONE)
		why = family == IPMASQ_IPV4 ? "masqOutBound is off by default"
					    : "masqOutBoundIPv6 is off by default";
	return diag_add(run->diags, IPMASQ_NOTE, "nothing-masqueraded", pos, NULL,
			"no IPv%d address is ever masqueraded under the profile %s: %s",
			(int)family, run->policy->profile, why);
}

static size_t count_entries(const struct lint_run *run, enum ipmasq_list list,
			    enum ipmasq_family family)
{
	return run->lists[list].top_count[family == IPMASQ_IPV6];
}

/* Whether there is another finding: for an empty list, or one without IPv6. */
static bool is_reported_elsewhere(const struct lint_run *run, enum ipmasq_family family)
{
	/* The addresses of host names are known on the node only. */
	if (run->config->hosts.count > 0)
		return true;
	if (count_entries(run, IPMASQ_NON_MASQUERADE_CIDRS, family) > 0 ||
	    !outbound_on(run, family))
		return false;
	return family == IPMASQ_IPV6 || (run->lists[IPMASQ_NON_MASQUERADE_CIDRS].given &&
					 run->lists[IPMASQ_NON_MASQUERADE_CIDRS].count == 0);
}

/* Why nothing of a family is kept although an outbound switch is on. */
static const char *why_everything(const struct lint_run *run, enum ipmasq_family family)
{
	const struct lint_list *list = &run->lists[IPMASQ_NON_MASQUERADE_CIDRS];
	bool exceptions = count_entries(run, IPMASQ_MASQUERADE_CIDRS, family) > 0;

	if (!list->given && run->profile->list_default != DEFAULT_WITHOUT_LIST)
		return "no file gives nonMasqueradeCIDRs, and where there is a file, the agent of "
		       "the profile starts from an empty list";
	if (list->given && count_entries(run, IPMASQ_NON_MASQUERADE_CIDRS, family) == 0)
		return "nonMasqueradeCIDRs has no entry of the family";
	if (exceptions)
		return "masqueradeCIDRs has all that nonMasqueradeCIDRs has";
	return "nonMasqueradeCIDRs has only link-local addresses";
}

static int report_everything(struct lint_run *run, enum ipmasq_family family, const struct pos *pos)
{
	char traffic[TRAFFIC_MAX];

	return diag_add(run->diags, IPMASQ_WARNING, "everything-masqueraded", pos, NULL,
			"%s is masqueraded, including that between pods: %s",
			rest_of_traffic(run, family, traffic), why_everything(run, family));
}

int lint_outcome(struct lint_run *run)
{
	int r = 0;

	for (int side = 0; side < 2 && r == 0; side++) {
		enum ipmasq_family family = side ? IPMASQ_IPV6 : IPMASQ_IPV4;
		struct pos pos = lint_head(run, family);
		struct outcome outcome;

		if (!run->partitions[side])
			continue;
		outcome = find_outcome(run->partitions[side]);
		if (!outcome.masquerades)
			r = report_nothing(run, family, &pos);
		else if (!outcome.keeps && !is_reported_elsewhere(run, family))
			r = report_everything(run, family, &pos);
	}
	return r;
}

/* Whether keys, entries or options name IPv6. */
static bool is_ipv6_named(const struct lint_run *run)
{
	bool named = lint_given(run, KEY_MASQ_OUT_BOUND_IPV6) ||
		     lint_given(run, KEY_MASQ_LINK_LOCAL_IPV6) ||
		     (run->options && run->options->ipv6_set && run->options->ipv6 == IPMASQ_ON);

	for (size_t k = 0; k < ARRAY_SIZE(run->lists); k++)
		named |= run->lists[k].top_count[1] > 0;
	return named;
}

/* Whether a range of --pod-cidr, --node-cidr or --service-cidr is IPv6. */
static bool has_ipv6_range(const struct lint_run *run)
{
	for (size_t i = 0; run->options && i < run->options->range_count; i++)
		if (run->options->ranges[i].prefix.family == IPMASQ_IPV6)
			return true;
	return false;
}

/* Whether the cluster has IPv6, and the user did not decide what is masqueraded of it: neither the
 * switch nor --ipv6 is given. */
static bool is_ipv6_forgotten(const struct lint_run *run)
{
	bool has_ipv6 = has_ipv6_range(run);

	for (size_t k = 0; k < ARRAY_SIZE(run->lists); k++)
		has_ipv6 |= run->lists[k].top_count[1] > 0;
	return has_ipv6 && run->policy->ipv6 == IPMASQ_AUTO &&
	       !lint_given(run, KEY_MASQ_OUT_BOUND_IPV6);
}

int lint_ipv6(struct lint_run *run)
{
	/* The switch that masquerades it, else the list that lacks it. */
	const struct config_value *value = lint_given(run, KEY_MASQ_OUT_BOUND_IPV6);
	struct pos pos = value ? value->pos : lint_head(run, IPMASQ_IPV6);
	bool forgotten = is_ipv6_forgotten(run);
	char traffic[TRAFFIC_MAX];

	if ((!is_ipv6_named(run) && !forgotten) || !outbound_on(run, IPMASQ_IPV6) ||
	    count_entries(run, IPMASQ_NON_MASQUERADE_CIDRS, IPMASQ_IPV6) > 0)
		return 0;
	return diag_add(run->diags, forgotten ? IPMASQ_WARNING : IPMASQ_NOTE, "ipv6-unlisted", &pos,
			NULL,
			"masqOutBoundIPv6 is on and nonMasqueradeCIDRs has no IPv6 entry: %s is "
			"masqueraded, including that between pods",
			rest_of_traffic(run, IPMASQ_IPV6, traffic));
}
