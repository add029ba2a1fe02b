/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slots of a hash table. Each holds the number of an element that the caller keeps elsewhere,
 * and that the caller hashes and compares: probe 0, 1, 2, ... until the element is found, or a free
 * slot, where it belongs.
 */
#ifndef LIBIPMASQ_SLOTS_H
#define LIBIPMASQ_SLOTS_H

#include "util/common.h"

#define SLOT_FREE UINT32_MAX

struct slots {
	uint32_t *numbers;
	/* A power of two, or 0. */
	size_t size;
};

/* Whether @count elements leave at least half of the slots free. */
static inline bool slots_suffice(const struct slots *slots, size_t count)
{
	return 2 * count <= slots->size;
}

/* Makes all slots free, with enough of them for @count elements. -ENOMEM; they stay then. */
int slots_reset(struct slots *slots, size_t count);
void slots_release(struct slots *slots);

/* There must be slots, that is, slots_reset() was called. */
static inline uint32_t *slots_probe(const struct slots *slots, size_t hash, size_t probe)
{
	return &slots->numbers[(hash + probe) & (slots->size - 1)];
}

#endif
