/* SPDX-License-Identifier: Apache-2.0 */
/* The answer for one address or one range. */
#include "explain/answer.h"

#include <stdio.h>

/* How many of podCIDRs are named. */
#define PODS_NAMED_MAX 4

struct ipmasq_entry_details answer_entry(const struct ipmasq_entry *entry)
{
	struct ipmasq_entry_details info = { .verdict = IPMASQ_RETURN,
					     .origin = IPMASQ_ORIGIN_NONE };

	if (entry)
		ipmasq_entry_info(entry, &info, sizeof(info));
	return info;
}

const char *answer_pods(const struct ipmasq_policy *policy, enum ipmasq_family family,
			char text[ANSWER_PODS_MAX])
{
	size_t count = ipmasq_policy_pod_count(policy, family);
	int len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count && i < PODS_NAMED_MAX; i++)
		len += snprintf(text + len, ANSWER_PODS_MAX - (size_t)len, "%s%s", i ? ", " : "",
				answer_entry(ipmasq_policy_pod(policy, family, i)).cidr);
	if (count > PODS_NAMED_MAX)
		snprintf(text + len, ANSWER_PODS_MAX - (size_t)len, " and %zu more",
			 count - PODS_NAMED_MAX);
	return text;
}

void answer_put_place(FILE *stream, const struct answer_style *style,
		      const struct ipmasq_entry_details *entry)
{
	const struct ipmasq_place *place = &entry->place;

	if (place->file) {
		fprintf(stream, "%s:%u:%u", place->file, place->line, place->column);
		return;
	}
	fprintf(stream, "built-in default of profile \"%s\"%s", style->profile,
		style->reserved_ranges && entry->origin == IPMASQ_ORIGIN_NON_MASQUERADE
			? " with --nomasq-all-reserved-ranges"
			: "");
}
