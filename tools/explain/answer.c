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

static const char *outbound_switch(enum ipmasq_family family)
{
	return ipmasq_origin_name(family == IPMASQ_IPV4 ? IPMASQ_ORIGIN_OUT_BOUND
							: IPMASQ_ORIGIN_OUT_BOUND_IPV6);
}

/* An entry without its place: "10.0.0.0/8 in nonMasqueradeCIDRs". */
static void put_entry(FILE *stream, const struct ipmasq_entry_details *entry)
{
	const char *origin = ipmasq_origin_name(entry->origin);

	switch (entry->origin) {
	case IPMASQ_ORIGIN_PODS:
		fprintf(stream, "%s: the source is in none of them", origin);
		break;
	case IPMASQ_ORIGIN_NON_MASQUERADE_SRC:
		fprintf(stream, "the pod's own address, %s in %s", entry->cidr, origin);
		break;
	case IPMASQ_ORIGIN_LINK_LOCAL:
		fprintf(stream, "%s, which is link-local, and %s is off", entry->cidr,
			entry->family == IPMASQ_IPV4 ? "masqLinkLocal" : "masqLinkLocalIPv6");
		break;
	case IPMASQ_ORIGIN_OUT_BOUND:
	case IPMASQ_ORIGIN_OUT_BOUND_IPV6:
		fprintf(stream, "%s, which is on: everything else is masqueraded", origin);
		break;
	case IPMASQ_ORIGIN_NONE:
		fprintf(stream, "nothing: no entry matches, and %s is off",
			outbound_switch(entry->family));
		break;
	default:
		fprintf(stream, "%s", entry->cidr);
		if (entry->host)
			fprintf(stream, ", an address of %s", entry->host);
		fprintf(stream, "%s in %s", entry->host ? "," : "", origin);
	}
}

void answer_put_entry(FILE *stream, const struct answer_style *style,
		      const struct ipmasq_entry_details *entry)
{
	put_entry(stream, entry);
	fputs(" (", stream);
	answer_put_place(stream, style, entry);
	putc(')', stream);
}
