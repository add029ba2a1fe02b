/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that an edited configuration decides as the original did. */
#include "lint/same_policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static void compared(int r)
{
	if (r < 0)
		cli_die(r, "cannot compare the fixed configuration with the original");
}

bool same_policy(const struct ipmasq_policy *before, const struct ipmasq_policy *after,
		 char why[SAME_POLICY_WHY_MAX])
{
	struct ipmasq_difference difference;
	struct ipmasq_policy_details old;
	struct ipmasq_policy_details new;
	char text[IPMASQ_TEXT_MAX];
	struct ipmasq_diff *diff;
	bool differs;

	compared(ipmasq_policy_info(before, &old, sizeof(old)));
	compared(ipmasq_policy_info(after, &new, sizeof(new)));
	if (old.ipv6 != new.ipv6 || old.resync_interval != new.resync_interval ||
	    strcmp(old.chain, new.chain) != 0) {
		snprintf(why, SAME_POLICY_WHY_MAX, "a setting would change");
		return false;
	}
	compared(ipmasq_diff_new(before, after, &diff));
	differs = ipmasq_diff_get(diff, 0, &difference, sizeof(difference)) == 0;
	if (differs)
		snprintf(why, SAME_POLICY_WHY_MAX, "the verdict for the %s %s would change",
			 difference.sources ? "source" : "destination",
			 ipmasq_format_range(difference.family, difference.first, difference.last,
					     text));
	ipmasq_diff_free(diff);
	return !differs;
}
