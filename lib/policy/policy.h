/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies: what a configuration means, after the profile, defaults and limits, for each family in
 * the order in which its entries decide.
 */
#ifndef LIBIPMASQ_POLICY_H
#define LIBIPMASQ_POLICY_H

#include "profile/options.h"
#include "util/diag.h"

struct ipmasq_entry {
	/* Of the source for ORIGIN_PODS and ORIGIN_NON_MASQUERADE_SRC, else of the destination. */
	struct prefix prefix;
	/* Where it was written, or the switch that put it there; all zero: built in. */
	struct pos pos;
	/* The name that the prefix is an address of, or NULL. */
	const char *host;
	/* enum ipmasq_origin */
	uint8_t origin;
	/* enum ipmasq_verdict */
	uint8_t verdict;
	/* It matches the sources that no entry of podCIDRs has; its prefix has length 0. */
	bool outside_pods;
};

/*
 * One family's entries in decision order. The last one has a prefix of length 0 and matches
 * everything.
 */
struct policy_family {
	/* Those of podCIDRs come after the `count` that decide. */
	struct ipmasq_entry *entries;
	size_t count;
	size_t capacity;
	/* How many of them, at the head, match by source. */
	size_t source_count;
	/* How many podCIDRs has; if any, the first entry is the one that is `outside_pods`. */
	size_t pod_count;
};

struct ipmasq_policy {
	const char *profile;
	/* Empty: the profile's agent has none, so there are no rules. */
	char chain[CHAIN_NAME_MAX + 1];
	enum ipmasq_mode ipv6;
	enum ipmasq_mode random_fully;
	enum ipmasq_layout layout;
	uint64_t resync_interval;
	struct port_range ports[PORT_RANGES_MAX];
	size_t port_count;
	/* See policy_family(). */
	struct policy_family families[2];
	/* The names that entries are addresses of. */
	struct names hosts;
	/* The texts that the entries' positions point into. */
	struct text **texts;
	size_t text_count;
};

/* The entry's CIDR written to @text, which is returned; NULL for an entry that has none (outside of
 * podCIDRs, outbound, none). */
const char *entry_cidr(const struct ipmasq_entry *entry, char text[IPMASQ_TEXT_MAX]);

/* Adds the error that the policy's profile has no chain. Returns -EOPNOTSUPP, or -ENOMEM. */
int policy_reject_chain(const struct ipmasq_policy *policy, struct ipmasq_diags *diags);

static inline const struct policy_family *policy_family(const struct ipmasq_policy *policy,
							enum ipmasq_family family)
{
	return &policy->families[family == IPMASQ_IPV6];
}

/* The entries of podCIDRs. */
static inline const struct ipmasq_entry *policy_pods(const struct policy_family *f)
{
	return f->entries + f->count;
}

/* The number of the family's first entry that matches by source and by its prefix. */
static inline size_t policy_first_source(const struct policy_family *f)
{
	return f->pod_count > 0;
}

#endif
