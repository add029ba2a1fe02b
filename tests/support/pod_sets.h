/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of pods whose addresses lie in various ways, and their rules. */
#ifndef TESTS_POD_SETS_H
#define TESTS_POD_SETS_H

#include "rules/pod_set.h"

#define PODS_ROOT "IPMASQ"

/* How the addresses of pods lie. */
enum pods_spread {
	PODS_ONE_AFTER_THE_OTHER,
	PODS_ANYWHERE,
	/* Each inside the last. */
	PODS_COMB,
	PODS_SPREADS
};

extern const char *const pods_spread_names[PODS_SPREADS];

struct addr sample_pods_address(enum ipmasq_family family, enum pods_spread spread, size_t index);

struct sample_pods {
	struct ipmasq_policy *policies[3];
	struct pod_set set;
	struct ipmasq_ruleset *none;
	/* Of the pods, which the set points to. */
	char (*labels)[POD_LABEL_MAX + 1];
};

/* None, and room for @count. */
bool sample_pods_begin(struct sample_pods *pods, enum ipmasq_family family, size_t count);

/* Gives each network its policy, one of three; taken over, it has none. */
void sample_pods_policies(struct sample_pods *pods);

/* Number @index, which is of one of so many networks, in turn. */
void sample_pods_add(struct sample_pods *pods, enum pods_spread spread, size_t index,
		     size_t networks);

/* So many at once. */
bool sample_pods_make(struct sample_pods *pods, enum ipmasq_family family, enum pods_spread spread,
		      size_t count, size_t networks);

void sample_pods_release(struct sample_pods *pods);

/* NULL: it failed, which is checked. */
struct ipmasq_ruleset *sample_pods_build(struct pod_set *set, unsigned int flags, char generation);

#endif
