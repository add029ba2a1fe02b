/* SPDX-License-Identifier: Apache-2.0 */
/* Logs what a new policy changes. */
#include "apply/agent_change.h"

#include <stdio.h>

#define RANGES_SAID_MAX 10

static const struct log_about about_change = { .event = "config-changed" };

/* What ranges of addresses are. The third is for sources where podCIDRs is given. */
enum side { DESTINATIONS, SOURCES, SOURCES_OF_PODS };

static enum side side_of(bool sources, enum ipmasq_family family,
			 const struct ipmasq_policy *before, const struct ipmasq_policy *after)
{
	bool pods = ipmasq_policy_pod_count(before, family) > 0 ||
		    ipmasq_policy_pod_count(after, family) > 0;

	if (!sources)
		return DESTINATIONS;
	return pods ? SOURCES_OF_PODS : SOURCES;
}

/* Logs the ranges that change to a verdict, up to a limit, and how many more there are. */
static void say_ranges(struct agent *agent, const struct ipmasq_diff *diff,
		       enum ipmasq_family family, enum side side, enum ipmasq_verdict to)
{
	static const char *const what[][2] = {
		{ [IPMASQ_RETURN] = "these destinations are no longer masqueraded",
		  [IPMASQ_MASQUERADE] = "these destinations are now masqueraded" },
		{ [IPMASQ_RETURN] = "these sources are now in nonMasqueradeSrcCIDRs",
		  [IPMASQ_MASQUERADE] = "these sources are no longer in nonMasqueradeSrcCIDRs" },
		{ [IPMASQ_RETURN] = "these sources are now left alone",
		  [IPMASQ_MASQUERADE] = "these sources are now the policy's" },
	};
	const struct log_about about = { .event = "config-changed", .family = (int)family };
	char text[RANGES_SAID_MAX * (IPMASQ_TEXT_MAX + 2)] = "";
	struct ipmasq_difference difference;
	size_t changed = 0;
	size_t len = 0;

	for (size_t i = 0; ipmasq_diff_get(diff, i, &difference, sizeof(difference)) == 0; i++) {
		char range[IPMASQ_TEXT_MAX];

		if (difference.family != family || difference.sources != (side != DESTINATIONS) ||
		    difference.to != to || changed++ >= RANGES_SAID_MAX)
			continue;
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len ? ", " : "",
					ipmasq_format_range(family, difference.first,
							    difference.last, range));
	}
	if (changed > RANGES_SAID_MAX)
		log_say(&agent->log, LEVEL_INFO, &about, "%s: %s, and %zu more", what[side][to],
			text, changed - RANGES_SAID_MAX);
	else if (changed > 0)
		log_say(&agent->log, LEVEL_INFO, &about, "%s: %s", what[side][to], text);
}

static int say_difference(struct agent *agent, const struct ipmasq_policy *before,
			  const struct ipmasq_policy *after)
{
	static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };
	struct ipmasq_diff *diff;
	int r = ipmasq_diff_new(before, after, &diff);

	if (r < 0)
		return r;
	for (int i = 0; i < 4; i++) {
		enum side side = side_of(i % 2, families[i / 2], before, after);

		say_ranges(agent, diff, families[i / 2], side, IPMASQ_MASQUERADE);
		say_ranges(agent, diff, families[i / 2], side, IPMASQ_RETURN);
	}
	if (ipmasq_diff_count(diff) == 0)
		log_say(&agent->log, LEVEL_INFO, &about_change, "no verdict changes");
	ipmasq_diff_free(diff);
	return 0;
}

void agent_policy_changed(struct agent *agent, const struct ipmasq_policy *before,
			  const struct ipmasq_policy *after)
{
	struct ipmasq_policy_details info;

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
