/* SPDX-License-Identifier: Apache-2.0 */
/* What does the configuration mean? Profile, defaults, limits, order, families. */
#ifndef LIBIPMASQ_POLICY_H
#define LIBIPMASQ_POLICY_H

#include "profile/profile.h"

struct ipmasq_entry {
	struct prefix
		prefix; /* of the source for ORIGIN_NON_MASQUERADE_SRC, else of the destination */
	struct pos
		pos; /* where it was written, or the switch that put it there; all zero: built in */
	const char *host; /* the name that the prefix is an address of, or NULL */
	uint8_t origin; /* enum ipmasq_origin */
	uint8_t verdict; /* enum ipmasq_verdict */
};

/* One family's entries in decision order; the last one has an empty prefix and matches everything.
 */
struct policy_family {
	struct ipmasq_entry *entries;
	size_t count;
	size_t capacity;
	size_t source_count; /* how many of them, at the head, match by source */
};

struct ipmasq_policy {
	const char *profile;
	char chain[CHAIN_NAME_MAX + 1];
	enum ipmasq_mode ipv6;
	enum ipmasq_mode random_fully;
	enum ipmasq_layout layout;
	uint64_t resync_interval;
	struct port_range ports[PORT_RANGES_MAX];
	size_t port_count;
	struct policy_family families[2]; /* see policy_family() */
	struct names hosts; /* what entries are addresses of */
	struct text **texts; /* what the entries' positions point into */
	size_t text_count;
};

static inline const struct policy_family *policy_family(const struct ipmasq_policy *policy,
							enum ipmasq_family family)
{
	return &policy->families[family == IPMASQ_IPV6];
}

#endif
