/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/levels.h"

#include <string.h>

void level_clear(struct classes *classes, uint32_t class, size_t level, const struct spans *where)
{
	uint64_t *bits = class_level(classes, class, level);

	class_touch(classes, class);
	for (size_t i = 0; i < where->count; i++) {
		const struct span *span = &where->list[i];

		for (size_t word = span->first / 64; word * 64 < span->end; word++)
			bits[word] &= ~span_mask(span, word);
	}
}

void level_add(struct classes *classes, uint32_t class, size_t from, size_t to,
	       const struct spans *where)
{
	const uint64_t *source = class_level(classes, class, from);
	uint64_t *target = class_level(classes, class, to);

	class_touch(classes, class);
	for (size_t i = 0; i < where->count; i++) {
		const struct span *span = &where->list[i];

		classes_work(classes, (span->end - span->first) / 64 + 1);
		for (size_t word = span->first / 64; word * 64 < span->end; word++)
			target[word] |= source[word] & span_mask(span, word);
	}
}

void level_pour(struct classes *classes, uint32_t class, size_t from, size_t to)
{
	uint64_t *source = class_level(classes, class, from);
	uint64_t *target = class_level(classes, class, to);

	classes_work(classes, classes->words);
	for (size_t i = 0; i < classes->words; i++) {
		target[i] |= source[i];
		source[i] = 0;
	}
	class_touch(classes, class);
}

void level_copy(struct classes *classes, uint32_t class, size_t from, size_t to)
{
	memcpy(class_level(classes, class, to), class_level(classes, class, from),
	       classes->words * sizeof(uint64_t));
	class_touch(classes, class);
}
