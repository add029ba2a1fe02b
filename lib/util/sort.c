/* SPDX-License-Identifier: Apache-2.0 */
/* Radix sorts, digit by digit from the least significant one. Digits that all keys share are
 * skipped. */
#include "util/sort.h"

#include <stdlib.h>
#include <string.h>

/* `minor`, then the sixteen bytes of the address from the last one. */
#define DIGITS 17

static unsigned int key_digit(const struct sort_key *key, unsigned int which)
{
	if (which == 0)
		return key->minor & 255;
	if (which <= 8)
		return key->addr.lo >> (8 * (which - 1)) & 255;
	return key->addr.hi >> (8 * (which - 9)) & 255;
}

/* The bits in which keys differ from the first one. */
static struct sort_key find_differences(const struct sort_key *keys, size_t count)
{
	struct sort_key found = { .minor = 0 };

	for (size_t i = 1; i < count; i++) {
		found.addr.hi |= keys[i].addr.hi ^ keys[0].addr.hi;
		found.addr.lo |= keys[i].addr.lo ^ keys[0].addr.lo;
		found.minor |= keys[i].minor ^ keys[0].minor;
	}
	return found;
}

static void scatter_keys(const struct sort_key *from, struct sort_key *to, size_t count,
			 unsigned int which)
{
	size_t starts[256] = { 0 };
	size_t start = 0;

	for (size_t i = 0; i < count; i++)
		starts[key_digit(&from[i], which)]++;
	for (unsigned int value = 0; value < 256; value++) {
		size_t here = starts[value];

		starts[value] = start;
		start += here;
	}
	for (size_t i = 0; i < count; i++)
		to[starts[key_digit(&from[i], which)]++] = from[i];
}

int sort_keys(struct sort_key *keys, size_t count)
{
	const struct sort_key differences = find_differences(keys, count);
	struct sort_key *scratch;
	struct sort_key *from = keys;
	struct sort_key *to;

	if (count < 2)
		return 0;
	scratch = malloc(count * sizeof(*scratch));
	if (!scratch)
		return -ENOMEM;
	to = scratch;
	for (unsigned int d = 0; d < DIGITS; d++) {
		struct sort_key *swap = from;

		if (key_digit(&differences, d) == 0)
			continue;
		scatter_keys(from, to, count, d);
		from = to;
		to = swap;
	}
	if (from != keys)
		memcpy(keys, from, count * sizeof(*keys));
	free(scratch);
	return 0;
}

#define WORD_DIGIT_BITS 10
#define WORD_DIGITS	(1u << WORD_DIGIT_BITS)

static inline size_t word_digit(uint64_t word, unsigned int shift)
{
	return word >> shift & (WORD_DIGITS - 1);
}

/* Turns the counts of digits into places: where the first word with each digit goes. False: all
 * words have the same digit. */
static bool find_starts(size_t starts[WORD_DIGITS], size_t count)
{
	size_t start = 0;

	for (size_t i = 0; i < WORD_DIGITS; i++) {
		size_t here = starts[i];

		if (here == count)
			return false;
		starts[i] = start;
		start += here;
	}
	return true;
}

int sort_words(uint64_t *words, size_t count, unsigned int low)
{
	size_t starts[WORD_DIGITS];
	uint64_t *scratch = malloc(count * sizeof(*scratch));
	uint64_t *from = words;
	uint64_t *to = scratch;

	if (!scratch && count > 0)
		return -ENOMEM;
	for (unsigned int shift = low; shift < 64; shift += WORD_DIGIT_BITS) {
		uint64_t *swap = from;

		memset(starts, 0, sizeof(starts));
		for (size_t i = 0; i < count; i++)
			starts[word_digit(from[i], shift)]++;
		if (!find_starts(starts, count))
			continue;
		for (size_t i = 0; i < count; i++)
			to[starts[word_digit(from[i], shift)]++] = from[i];
		from = to;
		to = swap;
	}
	if (from != words)
		memcpy(words, from, count * sizeof(*words));
	free(scratch);
	return 0;
}
