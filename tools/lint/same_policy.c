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

/* Whether the diff is empty. If not, @why gets its first range. Frees the diff. */
static bool diff_is_empty(struct ipmasq_diff *diff, enum ipmasq_family family, const char *what,
			  char why[SAME_POLICY_WHY_MAX])
{
	char text[IPMASQ_TEXT_MAX];
	uint8_t first[16];
	uint8_t last[16];
	bool differs = ipmasq_diff_get(diff, 0, first, last, NULL, NULL);

	if (differs)
		snprintf(why, SAME_POLICY_WHY_MAX, "the verdict for the %s %s would change", what,
			 ipmasq_format_range(family, first, last, text));
	ipmasq_diff_free(diff);
	return !differs;
}

static bool same_family(const struct ipmasq_policy *before, const struct ipmasq_policy *after,
			enum ipmasq_family family, char why[SAME_POLICY_WHY_MAX])
{
	struct ipmasq_partition *old = NULL;
	struct ipmasq_partition *new = NULL;
	struct ipmasq_diff *diff = NULL;
	bool same;

	compared(ipmasq_partition_new(before, family, &old));
	compared(ipmasq_partition_new(after, family, &new));
	compared(ipmasq_diff_new(old, new, &diff));
	same = diff_is_empty(diff, family, "destination", why);
	ipmasq_partition_free(new);
	ipmasq_partition_free(old);
	if (!same)
		return false;
	compared(ipmasq_diff_sources_new(before, after, family, &diff));
	return diff_is_empty(diff, family, "source", why);
}

bool same_policy(const struct ipmasq_policy *before, const struct ipmasq_policy *after,
		 char why[SAME_POLICY_WHY_MAX])
{
	struct ipmasq_policy_info old;
	struct ipmasq_policy_info new;

	compared(ipmasq_policy_info(before, &old, sizeof(old)));
	compared(ipmasq_policy_info(after, &new, sizeof(new)));
	if (old.ipv6 != new.ipv6 || old.resync_interval != new.resync_interval ||
	    strcmp(old.chain, new.chain) != 0) {
		snprintf(why, SAME_POLICY_WHY_MAX, "a setting would change");
		return false;
	}
	return same_family(before, after, IPMASQ_IPV4, why) &&
	       same_family(before, after, IPMASQ_IPV6, why);
}
