/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts by address, in time proportional to the number of keys. */
#ifndef LIBIPMASQ_SORT_H
#define LIBIPMASQ_SORT_H

#include "util/prefix.h"

struct sort_key {
	struct addr addr;
	/* The order of equal addresses; below 256. */
	uint32_t minor;
	/* Whatever the caller needs with the key. */
	uint32_t value;
};

/* Sorts by address, then minor; equal keys keep their order. -ENOMEM. */
int sort_keys(struct sort_key *keys, size_t count);

/* Sorts by bit number @low and those above it. Words that are equal in these keep their order.
 * -ENOMEM. */
int sort_words(uint64_t *words, size_t count, unsigned int low);

#endif
