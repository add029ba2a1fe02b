/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest set of prefixes that has the verdicts of a partition. */
#ifndef LIBIPMASQ_MINIMISE_H
#define LIBIPMASQ_MINIMISE_H

#include "policy/partition.h"

/* A prefix with a verdict. The longest prefix of the set that has an address decides for it. */
struct minimal_prefix {
	struct prefix prefix;
	/* enum ipmasq_verdict */
	uint8_t verdict;
	/* Where it was traced: the index of the policy's entry that decides the first address for
	 * which the prefix does. The prefix may stand for more entries. */
	uint32_t entry;
};

struct minimal_set {
	/* Sorted by address, outer before inner; the first is /0. */
	struct minimal_prefix *prefixes;
	size_t count;
};

/* No set with fewer prefixes has the same verdicts. Of a partition of sources, MASQUERADE is the
 * one of those whose destinations decide. -ENOMEM. */
int minimise(const struct ipmasq_partition *partition, struct minimal_set *set);

/* That of the policy's destinations, or of its sources; @trace: with entries. -ENOMEM. */
int minimise_policy(const struct ipmasq_policy *policy, enum ipmasq_family family, bool sources,
		    bool trace, struct minimal_set *set);
/* Whether everything has this verdict. */
static inline bool minimal_set_is(const struct minimal_set *set, enum ipmasq_verdict verdict)
{
	return set->count == 1 && set->prefixes[0].verdict == verdict;
}

void minimal_set_release(struct minimal_set *set);

#endif
