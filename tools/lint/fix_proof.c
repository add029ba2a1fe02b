/* SPDX-License-Identifier: Apache-2.0 */
/* Does a mended configuration still decide as it did, for every source and destination? */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lint/fix.h"

static void need(int r)
{
	if (r < 0)
		cli_die(r, "cannot compare the mended configuration");
}

/* Says what the difference is, if there is one; it is let go. */
static bool is_empty(struct ipmasq_diff *diff, enum ipmasq_family family, const char *what,
		     char why[256])
{
	char text[IPMASQ_TEXT_MAX];
	uint8_t first[16];
	uint8_t last[16];
	bool differs = ipmasq_diff_get(diff, 0, first, last, NULL, NULL);

	if (differs)
		snprintf(why, 256, "the verdict for the %s %s would change", what,
			 ipmasq_format_range(family, first, last, text));
	ipmasq_diff_free(diff);
	return !differs;
}

static bool same_family(const struct ipmasq_policy *before, const struct ipmasq_policy *after,
			enum ipmasq_family family, char why[256])
{
	struct ipmasq_partition *old = NULL;
	struct ipmasq_partition *new = NULL;
	struct ipmasq_diff *diff = NULL;
	bool same;

	need(ipmasq_partition_new(before, family, &old));
	need(ipmasq_partition_new(after, family, &new));
	need(ipmasq_diff_new(old, new, &diff));
	same = is_empty(diff, family, "destination", why);
	ipmasq_partition_free(new);
	ipmasq_partition_free(old);
	if (!same)
		return false;
	need(ipmasq_diff_sources_new(before, after, family, &diff));
	return is_empty(diff, family, "source", why);
}

bool fix_same_policy(const struct ipmasq_policy *before, const struct ipmasq_policy *after,
		     char why[256])
{
	if (ipmasq_policy_ipv6(before) != ipmasq_policy_ipv6(after) ||
	    ipmasq_policy_resync_interval(before) != ipmasq_policy_resync_interval(after) ||
	    strcmp(ipmasq_policy_chain(before), ipmasq_policy_chain(after)) != 0) {
		snprintf(why, 256, "a setting would change");
		return false;
	}
	return same_family(before, after, IPMASQ_IPV4, why) &&
	       same_family(before, after, IPMASQ_IPV6, why);
}
