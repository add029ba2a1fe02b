/* SPDX-License-Identifier: Apache-2.0 */
/* What is the smallest set of prefixes that says what a partition says? */
#ifndef LIBIPMASQ_MINIMISE_H
#define LIBIPMASQ_MINIMISE_H

#include "policy/partition.h"

/*
 * A prefix with a verdict, to be read by the longest match: it holds for its addresses but those of
 * longer prefixes in the set.
 */
struct minimal_prefix {
	struct prefix prefix;
	uint8_t verdict; /* enum ipmasq_verdict */
};

struct minimal_set {
	struct minimal_prefix
		*prefixes; /* sorted by address, outer before inner; the first is /0 */
	size_t count;
};

/* No other set with fewer prefixes does the same. Errors: none but -ENOMEM. */
int minimise(const struct ipmasq_partition *partition, struct minimal_set *set);
void minimal_set_release(struct minimal_set *set);

#endif
