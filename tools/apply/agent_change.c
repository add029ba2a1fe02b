/* SPDX-License-Identifier: Apache-2.0 */
/* Logs what a new policy changes. */
#include "apply/agent_change.h"

#include <stdio.h>

#define RANGES_SAID_MAX 10

static const struct log_about about_change = { .event = "config-changed" };

/* Logs the ranges that change to a verdict, up to a limit, and how many more there are. */
static void say_ranges(struct agent *agent, enum ipmasq_family family,
		       const struct ipmasq_diff *diff, enum ipmasq_verdict to, const char *what)
{
	const struct log_about about = { .event = "config-changed", .family = (int)family };
	char text[RANGES_SAID_MAX * (IPMASQ_TEXT_MAX + 2)] = "";
	size_t count = ipmasq_diff_count(diff);
	size_t changed = 0;
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		uint8_t first[16];
		uint8_t last[16];
		char range[IPMASQ_TEXT_MAX];

		if (ipmasq_diff_verdict(diff, i) != to || changed++ >= RANGES_SAID_MAX)
			continue;
		ipmasq_diff_get(diff, i, first, last, NULL, NULL);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len ? ", " : "",
					ipmasq_format_range(family, first, last, range));
	}
	if (changed > RANGES_SAID_MAX)
		log_say(&agent->log, LEVEL_INFO, &about, "%s: %s, and %zu more", what, text,
			changed - RANGES_SAID_MAX);
	else if (changed > 0)
		log_say(&agent->log, LEVEL_INFO, &about, "%s: %s", what, text);
}

static int say_destinations(struct agent *agent, enum ipmasq_family family,
			    const struct ipmasq_policy *before, const struct ipmasq_policy *after,
			    size_t *count)
{
	struct ipmasq_partition *parts[2] = { NULL, NULL };
	struct ipmasq_diff *diff = NULL;
	int r = ipmasq_partition_new(before, family, &parts[0]);

	if (r == 0)
		r = ipmasq_partition_new(after, family, &parts[1]);
	if (r == 0)
		r = ipmasq_diff_new(parts[0], parts[1], &diff);
	if (r == 0) {
		*count += ipmasq_diff_count(diff);
		say_ranges(agent, family, diff, IPMASQ_MASQUERADE,
			   "these destinations are now masqueraded");
		say_ranges(agent, family, diff, IPMASQ_RETURN,
			   "these destinations are no longer masqueraded");
	}
	ipmasq_diff_free(diff);
	ipmasq_partition_free(parts[0]);
	ipmasq_partition_free(parts[1]);
	return r;
}

static int say_sources(struct agent *agent, enum ipmasq_family family,
		       const struct ipmasq_policy *before, const struct ipmasq_policy *after,
		       size_t *count)
{
	struct ipmasq_diff *diff = NULL;
	int r = ipmasq_diff_sources_new(before, after, family, &diff);

	if (r < 0)
		return r;
	*count += ipmasq_diff_count(diff);
	say_ranges(agent, family, diff, IPMASQ_MASQUERADE,
		   "these sources are no longer in nonMasqueradeSrcCIDRs");
	say_ranges(agent, family, diff, IPMASQ_RETURN,
		   "these sources are now in nonMasqueradeSrcCIDRs");
	ipmasq_diff_free(diff);
	return 0;
}

static int say_difference(struct agent *agent, const struct ipmasq_policy *before,
			  const struct ipmasq_policy *after)
{
	static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };
	size_t count = 0;
	int r = 0;

	for (int f = 0; f < 2 && r == 0; f++) {
		r = say_destinations(agent, families[f], before, after, &count);
		if (r == 0)
			r = say_sources(agent, families[f], before, after, &count);
	}
	if (r == 0 && count == 0)
		log_say(&agent->log, LEVEL_INFO, &about_change, "no verdict changes");
	return r;
}

void agent_policy_changed(struct agent *agent, const struct ipmasq_policy *before,
			  const struct ipmasq_policy *after)
{
	struct ipmasq_policy_info info;

	ipmasq_policy_info(after, &info, sizeof(info));
	log_say(&agent->log, LEVEL_INFO, &about_change,
		"%s: %zu entries for IPv4, %zu for IPv6; the node is checked every %.10g s",
		before ? "the configuration changed" : "the configuration was read",
		ipmasq_policy_entry_count(after, IPMASQ_IPV4),
		ipmasq_policy_entry_count(after, IPMASQ_IPV6), (double)info.resync_interval / 1e9);
	if (before && say_difference(agent, before, after) < 0)
		log_say(&agent->log, LEVEL_WARNING, &about_change,
			"out of memory while comparing the configuration with the previous one");
}
