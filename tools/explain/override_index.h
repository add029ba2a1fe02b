/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For each range of a policy, the entries that match all of it besides the entry that decides. All
 * ranges together cost one sort of the entries.
 */
#ifndef IPMASQ_OVERRIDE_INDEX_H
#define IPMASQ_OVERRIDE_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "ipmasq.h"

struct override_index;

/* NULL: out of memory. */
struct override_index *override_index_new(const struct ipmasq_policy *policy,
					  enum ipmasq_family family);
void override_index_free(struct override_index *index);

/* To be called before the first range. */
void override_index_rewind(struct override_index *index);

/*
 * Finds the other entries that match a range. The ranges of successive calls must ascend.
 *
 * @decider    the entry that decides
 * @overrides  gets the entries in decision order; the index owns them, and the next call
 *             overwrites them
 *
 * Returns their number.
 */
size_t override_index_find(struct override_index *index, const struct ipmasq_entry *decider,
			   const uint8_t *first, const uint8_t *last,
			   const struct ipmasq_entry *const **overrides);

#endif
