/* SPDX-License-Identifier: Apache-2.0 */
/* What the caller decides beside the configuration. */
#ifndef LIBIPMASQ_OPTIONS_H
#define LIBIPMASQ_OPTIONS_H

#include "profile/hosts.h"
#include "profile/manifest_query.h"
#include "profile/profile.h"
#include "util/scalar.h"

/* XT_EXTENSION_MAXNAMELEN - 1: iptables refuses longer names. */
#define CHAIN_NAME_MAX 28

/* Why a name cannot be a chain's, as the end of a sentence; NULL where it can. */
const char *chain_name_error(const char *name);

/* A range of the cluster, for lint to look at. */
struct lint_range {
	enum ipmasq_cluster_cidr which;
	struct prefix prefix;
};

struct ipmasq_options {
	const struct profile *profile;
	struct manifest_query query;
	/* Empty: the profile's. */
	char chain[CHAIN_NAME_MAX + 1];
	/* Whether `ipv6` applies in place of the profile's. */
	bool ipv6_set;
	enum ipmasq_mode ipv6;
	/* Whether `random_fully` does. */
	bool random_fully_set;
	enum ipmasq_mode random_fully;
	bool reserved_ranges;
	enum ipmasq_layout layout;
	struct port_range ports[PORT_RANGES_MAX];
	size_t port_count;
	/* The caller's; NULL: no name is known. */
	const struct ipmasq_hosts *hosts;
	struct lint_range *ranges;
	size_t range_count;
	size_t range_capacity;
};

/* What applies under options that may be NULL, which are the defaults. */
const struct profile *options_profile(const struct ipmasq_options *options);
const struct manifest_query *options_query(const struct ipmasq_options *options);

/* Copies the query, with the settings that apply. @copy must be all zero. The caller releases it,
 * also after -ENOMEM. */
int options_copy_query(const struct ipmasq_options *options, struct manifest_query *copy);

#endif
