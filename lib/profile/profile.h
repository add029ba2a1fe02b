/* SPDX-License-Identifier: Apache-2.0 */
/* Whose defaults apply: one row a profile. And the options that a caller may set beside them. */
#ifndef LIBIPMASQ_PROFILE_H
#define LIBIPMASQ_PROFILE_H

#include "config/config.h"
#include "profile/hosts.h"
#include "util/scalar.h"

#define CHAIN_NAME_MAX 28 /* XT_EXTENSION_MAXNAMELEN - 1; iptables refuses longer ones */

struct profile {
	struct config_rules rules;
	const char *chain;
	bool outbound; /* default of masqOutBound */
	bool outbound_ipv6;
	enum ipmasq_mode ipv6;
	enum ipmasq_mode random_fully;
	bool ipv6_off_is_error; /* an IPv6 CIDR while IPv6 is off */
	bool switches_are_ored; /* several files that disagree are no conflict */
	uint64_t cidr_limit; /* unless the key is given; UINT64_MAX: none */
};

const struct profile *profile_find(const char *name);
const struct profile *profile_default(void);

/* Why a name cannot be a chain's, or NULL where it can. */
const char *chain_name_error(const char *name);

/* A range of the cluster, for lint to look at. */
struct lint_range {
	enum ipmasq_cluster_cidr which;
	struct prefix prefix;
};

struct ipmasq_options {
	const struct profile *profile;
	struct manifest_query query; /* what to look for in manifests */
	char chain[CHAIN_NAME_MAX + 1]; /* empty: the profile's */
	bool ipv6_set;
	enum ipmasq_mode ipv6;
	bool random_fully_set;
	enum ipmasq_mode random_fully;
	bool reserved_ranges;
	enum ipmasq_layout layout;
	struct port_range ports[PORT_RANGES_MAX];
	size_t port_count;
	const struct ipmasq_hosts *hosts; /* not owned; NULL: no name is known */
	struct lint_range *ranges;
	size_t range_count;
	size_t range_capacity;
};

#endif
