/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the range in which an address lies.
 *
 * A fork cuts the stretch from the first to the last of its starts into slots of equal size, about
 * as many as it has starts. So where starts are spread evenly, a slot holds one or two, which are
 * compared all at once; where they crowd into a slot, that slot is a fork again, over the shorter
 * stretch that they take. Each fork narrows the stretch by as many bits as the number of its starts
 * has, which bounds the depth and the memory: 16 bits a level for 100,000 in a crowd.
 *
 * A slot holds the number of starts before it. The number of an address's range is that, plus the
 * starts in the slot up to the address, less one.
 */
#include "policy/range_index.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* How many starts a slot may hold: compared all at once, they fill a cache line or two. */
#define LEAF4 8
#define LEAF6 4

/* A slot with this bit has the number of a fork in the others. */
#define SLOT_FORK 0x80000000u
/* Neither a slot nor the number of a fork, since there are fewer forks. */
#define NO_SLOT UINT32_MAX

struct fork {
	/* The key of the first start. */
	uint64_t base;
	/* The number of its first slot, and how many it has. None: all starts have the same key. */
	uint32_t slot;
	uint32_t slots;
	/* The number of the first start, and how many there are. */
	uint32_t first;
	uint32_t count;
	/* A slot is 1 << shift keys wide. */
	uint32_t shift;
};

static uint64_t start_key(const struct range_index *index, size_t number)
{
	return index->keys4 ? index->keys4[number] : index->keys6[number];
}

static int add_fork(struct range_index *index, size_t first, size_t count)
{
	int r = array_grow(&index->forks, &index->fork_room, index->fork_count,
			   sizeof(*index->forks));

	if (r < 0)
		return r;
	index->forks[index->fork_count++] = (struct fork){
		.base = start_key(index, first),
		.first = (uint32_t)first,
		.count = (uint32_t)count,
	};
	return 0;
}

static int reserve_slots(struct range_index *index, size_t more)
{
	size_t wanted = index->slot_count + more;
	uint32_t *grown;

	if (wanted <= index->slot_room)
		return 0;
	if (wanted >= SLOT_FORK)
		return -ENOMEM;
	if (wanted < 2 * index->slot_room)
		wanted = 2 * index->slot_room;
	grown = realloc(index->slots, wanted * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	index->slots = grown;
	index->slot_room = wanted;
	return 0;
}

/* The width of slots that makes no more of them than there are starts. */
static uint32_t slot_shift(uint64_t span, size_t starts)
{
	uint32_t shift = 0;

	while (span >> shift >= starts)
		shift++;
	return shift;
}

/* Fills in the slots of fork number @number. Crowded ones become forks, and are filled in later. */
static int fill_slots(struct range_index *index, size_t number)
{
	const struct fork fork = index->forks[number];
	size_t end = (size_t)fork.first + fork.count;
	size_t leaf = index->keys4 ? LEAF4 : LEAF6;
	size_t at = fork.first;
	int r = 0;

	for (uint64_t i = 0; i < fork.slots && r == 0; i++) {
		size_t before = at;
		uint32_t slot;

		while (at < end && (start_key(index, at) - fork.base) >> fork.shift == i)
			at++;
		slot = (uint32_t)before;
		if (at - before > leaf) {
			slot = SLOT_FORK | (uint32_t)index->fork_count;
			r = add_fork(index, before, at - before);
		}
		index->slots[index->slot_count++] = slot;
	}
	return r;
}

static int divide_fork(struct range_index *index, size_t number)
{
	struct fork *fork = &index->forks[number];
	uint64_t span = start_key(index, (size_t)fork->first + fork->count - 1) - fork->base;
	int r;

	if (span == 0)
		return 0;
	fork->shift = slot_shift(span, fork->count);
	fork->slot = (uint32_t)index->slot_count;
	fork->slots = (uint32_t)(span >> fork->shift) + 1;
	r = reserve_slots(index, fork->slots);
	return r < 0 ? r : fill_slots(index, number);
}

/*
 * The starts as keys. A search may compare with keys beyond the last one, so there are some, no
 * less than any key.
 */
static int copy_keys(struct range_index *index, enum ipmasq_family family)
{
	size_t room = index->count + (family == IPMASQ_IPV4 ? LEAF4 : LEAF6) - 1;

	if (family == IPMASQ_IPV4)
		index->keys4 = malloc(room * sizeof(*index->keys4));
	else
		index->keys6 = malloc(room * sizeof(*index->keys6));
	if (!index->keys4 && !index->keys6)
		return -ENOMEM;
	for (size_t i = 0; i < room; i++) {
		uint64_t key = i < index->count ? index->starts[i].hi : UINT64_MAX;

		if (index->keys4)
			index->keys4[i] = (uint32_t)(key >> 32);
		else
			index->keys6[i] = key;
	}
	return 0;
}

int range_index_init(struct range_index *index, enum ipmasq_family family,
		     const struct addr *starts, size_t count)
{
	int r;

	*index = (struct range_index){ .starts = starts, .count = count };
	/* So many ranges would not fit into memory anyway. */
	if (count >= SLOT_FORK)
		return -ENOMEM;
	r = copy_keys(index, family);
	if (r == 0)
		r = add_fork(index, 0, count);
	for (size_t i = 0; i < index->fork_count && r == 0; i++)
		r = divide_fork(index, i);
	return r;
}

void range_index_release(struct range_index *index)
{
	free(index->keys4);
	free(index->keys6);
	free(index->forks);
	free(index->slots);
}

/*
 * The slot that the key falls into, as a number of starts; NO_SLOT where it falls into none.
 * @last_fork: the fork that was looked at last.
 */
static inline uint32_t find_slot(const struct range_index *index, uint64_t key,
				 const struct fork **last_fork)
{
	const struct fork *fork = index->forks;

	for (;;) {
		uint64_t offset = (key - fork->base) >> fork->shift;
		uint32_t slot;

		*last_fork = fork;
		/* A key below the base has wrapped round, and is beyond the last slot as well: a
		 * slot of the fork above, where it comes from, is at most a quarter of the space.
		 */
		if (offset >= fork->slots)
			return NO_SLOT;
		slot = index->slots[fork->slot + offset];
		if (slot < SLOT_FORK)
			return slot;
		fork = &index->forks[slot - SLOT_FORK];
	}
}

/* The range of a key that is in no slot of the fork, but before or after all its starts. */
static size_t range_beside(const struct fork *fork, uint64_t key)
{
	return key < fork->base ? fork->first - 1 : (size_t)fork->first + fork->count - 1;
}

size_t range_index_find4(const struct range_index *index, const void *address)
{
	const struct fork *fork;
	const uint32_t *keys;
	uint32_t key;
	uint32_t slot;
	uint32_t upto = 0;
	size_t number;

	memcpy(&key, address, sizeof(key));
	key = be32toh(key);
	slot = find_slot(index, key, &fork);
	if (slot == NO_SLOT)
		return range_beside(fork, key);
	keys = index->keys4 + slot;
	for (size_t i = 0; i < LEAF4; i++)
		upto += keys[i] <= key;
	number = (size_t)slot + upto - 1;
	/* The keys beyond the last one match the highest address. */
	return number < index->count ? number : index->count - 1;
}

/* The range of an address whose upper half starts number @first to @last have too. */
static size_t search_starts(const struct range_index *index, struct addr addr, size_t first,
			    size_t last)
{
	size_t low = first > 0 ? first - 1 : 0;
	size_t length = last - low + 1;

	while (length > 1) {
		size_t half = length / 2;

		low += addr_compare(index->starts[low + half], addr) <= 0 ? half : 0;
		length -= half;
	}
	return low;
}

size_t range_index_find6(const struct range_index *index, const void *address)
{
	const struct fork *fork;
	const uint64_t *keys;
	uint64_t halves[2];
	struct addr addr;
	uint32_t slot;
	uint32_t below = 0;
	uint32_t upto = 0;
	size_t number;

	memcpy(halves, address, sizeof(halves));
	addr = (struct addr){ be64toh(halves[0]), be64toh(halves[1]) };
	slot = find_slot(index, addr.hi, &fork);
	if (slot == NO_SLOT && addr.hi != fork->base)
		return range_beside(fork, addr.hi);
	/* All starts of the fork have this key. */
	if (slot == NO_SLOT)
		return search_starts(index, addr, fork->first, range_beside(fork, addr.hi));
	keys = index->keys6 + slot;
	for (size_t i = 0; i < LEAF6; i++) {
		below += keys[i] < addr.hi;
		upto += keys[i] <= addr.hi;
	}
	number = (size_t)slot + upto - 1;
	if (number >= index->count)
		number = index->count - 1;
	return below == upto ? number : search_starts(index, addr, (size_t)slot + below, number);
}
