/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent of a profile reads, and its defaults for what a configuration leaves out. */
#ifndef LIBIPMASQ_PROFILE_H
#define LIBIPMASQ_PROFILE_H

#include "profile/keys.h"

struct profile {
	const char *name;
	/* KEY_BIT() of each key that the agent knows; others are ignored, with a finding. */
	unsigned int known_keys;
	/* Keys whose first letter is in upper case (`NonMasqueradeCIDRs`) get no finding. */
	bool pascal_case;
	/* Items of lists may be DNS names. */
	bool host_names;
	/* The files that are read of a directory, a pattern as of fnmatch(3); NULL: all. */
	const char *file_pattern;
	const char *chain;
	/* Default of masqOutBound. */
	bool outbound;
	/* Default of masqOutBoundIPv6. */
	bool outbound_ipv6;
	enum ipmasq_mode ipv6;
	enum ipmasq_mode random_fully;
	/* An IPv6 CIDR is an error while IPv6 is off. */
	bool ipv6_off_is_error;
	/* A switch is on when one of several files says so; otherwise the files must agree. */
	bool switches_are_ored;
	/* Default of cidrLimit; UINT64_MAX: none. */
	uint64_t cidr_limit;
};

/* NULL where there is none of that name. */
const struct profile *profile_find(const char *name);
const struct profile *profile_default(void);

#endif
