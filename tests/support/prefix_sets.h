/* SPDX-License-Identifier: Apache-2.0 */
/* Policies of many CIDRs that lie in various ways: what the layouts of rules are measured by. */
#ifndef TESTS_PREFIX_SETS_H
#define TESTS_PREFIX_SETS_H

#include "policy/policy.h"
#include "sim/oracle.h"

enum set_kind {
	/* /16 to /28 anywhere. */
	SET_RANDOM,
	/* /24 to /31 in a few /16s. */
	SET_CLUMPED,
	/* Each prefix sits in the last. */
	SET_COMB,
	/* /12 to /32 of both verdicts, many inside others. */
	SET_NESTED,
	/* Single addresses. */
	SET_HOSTS,
	/* /24s of one /8. */
	SET_ONE_RANGE,
	SET_KINDS,
};

extern const char *const set_kind_names[SET_KINDS];

uint32_t set_address(struct random *random);

/* A policy of so many entries, which masquerades everything else. NULL: no memory. */
struct ipmasq_policy *set_policy(enum set_kind kind, size_t entries, enum ipmasq_family family,
				 uint64_t seed);

#endif
