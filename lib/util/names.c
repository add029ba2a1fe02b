/* SPDX-License-Identifier: Apache-2.0 */
/* Finds host names by a hash table of their numbers. */
#include "util/names.h"

#include <stdlib.h>
#include <string.h>

#include "util/ascii.h"
#include "util/hash.h"

/* After so many probes the search gives up, and a name may be added twice. So the time stays in
 * step with the number of names, even if somebody chose them to collide. */
#define PROBES_MAX 64

static size_t without_dot(const char *text, size_t len)
{
	return len > 1 && text[len - 1] == '.' ? len - 1 : len;
}

static size_t name_hash(const char *text, size_t len)
{
	uint64_t hash = HASH_START;

	for (size_t i = 0; i < len; i++)
		hash = hash_byte(hash, (unsigned char)ascii_lower(text[i]));
	return hash_fold(hash);
}

static bool name_equal(const char *name, const char *text, size_t len)
{
	return without_dot(name, strlen(name)) == len && ascii_equal_ignoring_case(name, text, len);
}

/* The slot that holds the name, or the free one where it belongs; NULL when the search gave up. */
static uint32_t *find_slot(const struct names *names, const char *text, size_t len)
{
	size_t hash = name_hash(text, len);

	for (size_t probe = 0; probe < PROBES_MAX && names->slots.size > 0; probe++) {
		uint32_t *slot = slots_probe(&names->slots, hash, probe);

		if (*slot == SLOT_FREE || name_equal(names->names[*slot], text, len))
			return slot;
	}
	return NULL;
}

uint32_t names_find(const struct names *names, const char *text, size_t len)
{
	const uint32_t *slot = find_slot(names, text, without_dot(text, len));

	return slot ? *slot : NAMES_NONE;
}

/* Keeps at least half of the slots free. */
static int make_room(struct names *names)
{
	if (slots_suffice(&names->slots, names->count + 1))
		return 0;
	if (slots_reset(&names->slots, names->count + 1) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->names[i];
		uint32_t *slot = find_slot(names, name, without_dot(name, strlen(name)));

		if (slot && *slot == SLOT_FREE)
			*slot = (uint32_t)i;
	}
	return 0;
}

int names_add(struct names *names, const char *text, size_t len, uint32_t *number)
{
	uint32_t *slot;
	int r = make_room(names);

	if (r == 0)
		r = array_grow(&names->names, &names->capacity, names->count,
			       sizeof(*names->names));
	if (r < 0)
		return r;
	slot = find_slot(names, text, without_dot(text, len));
	if (slot && *slot != SLOT_FREE) {
		*number = *slot;
		return 0;
	}
	names->names[names->count] = strndup(text, len);
	if (!names->names[names->count])
		return -ENOMEM;
	*number = (uint32_t)names->count++;
	if (slot)
		*slot = *number;
	return 0;
}

void names_release(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	slots_release(&names->slots);
	*names = (struct names){ 0 };
}
