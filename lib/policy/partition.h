/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions: the whole address space as ranges, each with the entry that decides in it. */
#ifndef LIBIPMASQ_PARTITION_H
#define LIBIPMASQ_PARTITION_H

#include "policy/policy.h"
#include "policy/range_index.h"

struct ipmasq_partition {
	const struct ipmasq_policy *policy;
	enum ipmasq_family family;
	/* It is of sources; see partition_new_sources(). */
	bool sources;
	size_t count;
	/* Range i is starts[i] up to the address before starts[i + 1]. */
	struct addr *starts;
	/* Of each range, the index of its entry among the family's. */
	uint32_t *entries;
	/* Over the starts, to look addresses up. */
	struct range_index index;
};

/* As ipmasq_partition_new(), for callers that walk the ranges and look up no address. -ENOMEM. */
int partition_new_unindexed(const struct ipmasq_policy *policy, enum ipmasq_family family,
			    struct ipmasq_partition **partition);

/*
 * The same of sources: which entry that matches by source has the address. Of a range that none
 * has, so that its destinations decide, the index of the entry is the family's `source_count`.
 * -ENOMEM.
 */
int partition_new_sources(const struct ipmasq_policy *policy, enum ipmasq_family family,
			  struct ipmasq_partition **partition);

/* The last address of range @index. */
struct addr partition_last(const struct ipmasq_partition *partition, size_t index);

#endif
