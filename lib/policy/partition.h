/* SPDX-License-Identifier: Apache-2.0 */
/* For every address, which entry decides? */
#ifndef LIBIPMASQ_PARTITION_H
#define LIBIPMASQ_PARTITION_H

#include "policy/policy.h"
#include "policy/range_index.h"

struct ipmasq_partition {
	const struct ipmasq_policy *policy;
	enum ipmasq_family family;
	size_t count;
	struct addr *starts; /* range i is starts[i] up to the address before starts[i + 1] */
	uint32_t *entries; /* index into the family's entries */
	struct range_index index; /* of the starts, to look addresses up */
};

/* As ipmasq_partition_new(), for those who walk over the ranges and look no address up. -ENOMEM. */
int partition_new_unindexed(const struct ipmasq_policy *policy, enum ipmasq_family family,
			    struct ipmasq_partition **partition);

/* The last address of range @index. */
struct addr partition_last(const struct ipmasq_partition *partition, size_t index);

#endif
