/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting by address, in time that grows with the number of keys and not with its logarithm. */
#ifndef LIBIPMASQ_SORT_H
#define LIBIPMASQ_SORT_H

#include "util/prefix.h"

struct sort_key {
	struct addr addr;
	uint32_t minor; /* decides among equal addresses; below 256 */
	uint32_t value; /* goes along */
};

/* Sorts by address, then minor; equal keys keep their order. -ENOMEM. */
int sort_keys(struct sort_key *keys, size_t count);

/* Sorts by bit number @low and those above it; words equal in these keep their order. -ENOMEM. */
int sort_words(uint64_t *words, size_t count, unsigned int low);

#endif
