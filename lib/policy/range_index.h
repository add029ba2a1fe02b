/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An index that finds the range in which an address lies. It is built from the sorted starts of the
 * ranges; time and memory grow in proportion to their number, whatever the ranges are.
 */
#ifndef LIBIPMASQ_RANGE_INDEX_H
#define LIBIPMASQ_RANGE_INDEX_H

#include "util/prefix.h"

struct fork;

struct range_index {
	/* Not owned. */
	const struct addr *starts;
	size_t count;
	/* IPv4: the starts once more, closer together. */
	uint32_t *keys4;
	/* IPv6: the upper halves of the starts. */
	uint64_t *keys6;
	/* The first one divides the whole space. */
	struct fork *forks;
	size_t fork_count;
	size_t fork_room;
	uint32_t *slots;
	size_t slot_count;
	size_t slot_room;
};

/*
 * Over @count ranges, of which the first starts at zero; @starts must stay. Returns 0 or -ENOMEM;
 * range_index_release() is due in both cases.
 */
int range_index_init(struct range_index *index, enum ipmasq_family family,
		     const struct addr *starts, size_t count);
void range_index_release(struct range_index *index);

/* The number of the range that holds the address, which is in network order. */
size_t range_index_find4(const struct range_index *index, const void *address);
size_t range_index_find6(const struct range_index *index, const void *address);

#endif
