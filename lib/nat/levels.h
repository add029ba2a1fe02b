/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves destinations of a class between its levels, where each level is a set of bits that are
 * worked on by words.
 */
#ifndef LIBIPMASQ_NAT_LEVELS_H
#define LIBIPMASQ_NAT_LEVELS_H

#include "nat/classes.h"

/* The bits of a word that are in the span. */
static inline uint64_t span_mask(const struct span *span, size_t word)
{
	uint64_t mask = UINT64_MAX;

	if (word == span->first / 64)
		mask &= UINT64_MAX << span->first % 64;
	if (word == span->end / 64)
		mask &= ~(UINT64_MAX << span->end % 64);
	return mask;
}

/* Takes those of @where away from a level. */
void level_clear(struct classes *classes, uint32_t class, size_t level, const struct spans *where);
/* Adds those of @where that are at one level to another. */
void level_add(struct classes *classes, uint32_t class, size_t from, size_t to,
	       const struct spans *where);
/* Adds all of one level to another, and empties it. */
void level_pour(struct classes *classes, uint32_t class, size_t from, size_t to);
void level_copy(struct classes *classes, uint32_t class, size_t from, size_t to);

#endif
