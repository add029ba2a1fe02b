/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds where two partitions differ in their verdict.
 *
 * Both are sorted and cover the whole space, so one walk along the two finds the parts: stretches
 * in which neither changes its entry. Parts that touch and change in the same way make one run,
 * which is written as the fewest CIDRs.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/partition.h"

/* A number of addresses, of up to 129 bits: there are 2^128 in all. */
struct tally {
	/* To the base of 2^32, the highest first. */
	uint32_t digits[5];
};

struct part {
	struct addr first;
	struct addr last;
	const struct ipmasq_entry *before;
	const struct ipmasq_entry *after;
	enum ipmasq_verdict to;
};

struct change {
	struct prefix prefix;
	/* The part that has its first address. */
	size_t part;
	/* How many parts it reaches over; they follow one another without a gap. */
	size_t part_count;
};

struct ipmasq_diff {
	enum ipmasq_family family;
	struct change *changes;
	size_t count;
	size_t capacity;
	struct part *parts;
	size_t part_count;
	size_t part_capacity;
	/* By the verdict that addresses change to. */
	struct tally tallies[2];
};

/* One side of the walk. */
struct side {
	const struct ipmasq_partition *partition;
	size_t range;
	/* Where the partition is one of copies: the entries that they are copies of. */
	const struct ipmasq_entry *originals;
	size_t original_count;
};

static void tally_add(struct tally *tally, enum ipmasq_family family, struct addr first,
		      struct addr last)
{
	uint64_t hi = last.hi - first.hi - (last.lo < first.lo);
	uint64_t lo = last.lo - first.lo;
	/* The last address counts as well. */
	uint64_t carry = 1;
	uint32_t span[4] = { 0 };

	if (family == IPMASQ_IPV4) {
		span[3] = (uint32_t)(hi >> 32);
	} else {
		span[0] = (uint32_t)(hi >> 32);
		span[1] = (uint32_t)hi;
		span[2] = (uint32_t)(lo >> 32);
		span[3] = (uint32_t)lo;
	}
	for (int i = 4; i >= 0; i--) {
		carry += (uint64_t)tally->digits[i] + (i > 0 ? span[i - 1] : 0);
		tally->digits[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

/* Divides by ten and returns what remains. */
static unsigned int tally_shift(struct tally *tally)
{
	uint64_t rest = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tally->digits); i++) {
		rest = rest << 32 | tally->digits[i];
		tally->digits[i] = (uint32_t)(rest / 10);
		rest %= 10;
	}
	return (unsigned int)rest;
}

static const char *tally_format(struct tally tally, char text[IPMASQ_TEXT_MAX])
{
	static const struct tally zero;
	char digits[IPMASQ_TEXT_MAX];
	size_t at = sizeof(digits);

	digits[--at] = '\0';
	do
		digits[--at] = (char)('0' + tally_shift(&tally));
	while (memcmp(&tally, &zero, sizeof(tally)) != 0);
	return memcpy(text, digits + at, sizeof(digits) - at);
}

/* Adds the run of parts from number @part on, as the fewest CIDRs. */
static int add_run(struct ipmasq_diff *diff, size_t part)
{
	struct addr at = diff->parts[part].first;
	struct addr last = diff->parts[diff->part_count - 1].last;

	for (;;) {
		struct change change = { prefix_from_range(diff->family, at, last), part, 1 };
		struct addr end = prefix_last(&change.prefix);
		int r = array_grow(&diff->changes, &diff->capacity, diff->count, sizeof(change));

		if (r < 0)
			return r;
		for (; addr_compare(diff->parts[part].last, end) < 0; part++)
			change.part_count++;
		diff->changes[diff->count++] = change;
		if (addr_equal(end, last))
			return 0;
		part += addr_equal(diff->parts[part].last, end);
		at = addr_next(end);
	}
}

/* Whether a part begins where the one before it ends, and changes in the same way. */
static bool continues_run(const struct part *before, const struct part *part)
{
	return addr_equal(addr_next(before->last), part->first) && before->to == part->to;
}

static int add_part(struct ipmasq_diff *diff, const struct part *part, size_t *run)
{
	int r = 0;

	if (diff->part_count > *run && !continues_run(&diff->parts[diff->part_count - 1], part)) {
		r = add_run(diff, *run);
		*run = diff->part_count;
	}
	if (r == 0)
		r = array_grow(&diff->parts, &diff->part_capacity, diff->part_count, sizeof(*part));
	if (r < 0)
		return r;
	diff->parts[diff->part_count++] = *part;
	tally_add(&diff->tallies[part->to], diff->family, part->first, part->last);
	return 0;
}

static const struct ipmasq_entry *range_entry(const struct side *side)
{
	return ipmasq_partition_get(side->partition, side->range, NULL, NULL);
}

/* The entry as the caller knows it; NULL for the copy that stands for "not listed". */
static const struct ipmasq_entry *caller_entry(const struct side *side,
					       const struct ipmasq_entry *entry)
{
	const struct ipmasq_partition *partition = side->partition;
	size_t index;

	if (!side->originals)
		return entry;
	index = (size_t)(entry - policy_family(partition->policy, partition->family)->entries);
	return index < side->original_count ? side->originals + index : NULL;
}

static int walk_partitions(struct ipmasq_diff *diff, struct side *old, struct side *new)
{
	struct part part = { .last = { UINT64_MAX, UINT64_MAX } };
	size_t run = 0;
	int r = 0;

	while (r == 0 && old->range < old->partition->count) {
		const struct ipmasq_entry *before = range_entry(old);
		const struct ipmasq_entry *after = range_entry(new);
		struct addr old_last = partition_last(old->partition, old->range);
		struct addr new_last = partition_last(new->partition, new->range);
		int order = addr_compare(old_last, new_last);

		part.first = addr_next(part.last);
		part.last = order < 0 ? old_last : new_last;
		part.before = caller_entry(old, before);
		part.after = caller_entry(new, after);
		part.to = after->verdict;
		if (before->verdict != after->verdict)
			r = add_part(diff, &part, &run);
		old->range += order <= 0;
		new->range += order >= 0;
	}
	if (r == 0 && diff->part_count > run)
		r = add_run(diff, run);
	return r;
}

static int diff_sides(struct side *old, struct side *new, struct ipmasq_diff **diff)
{
	struct ipmasq_diff *made = calloc(1, sizeof(*made));
	int r;

	if (!made)
		return -ENOMEM;
	made->family = old->partition->family;
	r = walk_partitions(made, old, new);
	if (r < 0) {
		ipmasq_diff_free(made);
		return r;
	}
	*diff = made;
	return 0;
}

IPMASQ_EXPORT int ipmasq_diff_new(const struct ipmasq_partition *before,
				  const struct ipmasq_partition *after, struct ipmasq_diff **diff)
{
	struct side old = { .partition = before };
	struct side new = { .partition = after };

	if (before->family != after->family)
		return -EINVAL;
	return diff_sides(&old, &new, diff);
}

/*
 * A policy that looks at the destination where the given one looks at the source: RETURN where a
 * source is listed, and MASQUERADE stands for what is not. It holds nothing but the copies.
 */
static int copy_sources(const struct ipmasq_policy *policy, enum ipmasq_family family,
			struct ipmasq_policy *copy)
{
	const struct policy_family *f = policy_family(policy, family);
	struct policy_family *made = &copy->families[family == IPMASQ_IPV6];

	*copy = (struct ipmasq_policy){ 0 };
	made->count = f->source_count + 1;
	made->entries = malloc(made->count * sizeof(*made->entries));
	if (!made->entries)
		return -ENOMEM;
	if (f->source_count > 0)
		memcpy(made->entries, f->entries, f->source_count * sizeof(*made->entries));
	made->entries[f->source_count] = (struct ipmasq_entry){
		.prefix = { .family = (uint8_t)family },
		.verdict = IPMASQ_MASQUERADE,
	};
	return 0;
}

IPMASQ_EXPORT int ipmasq_diff_sources_new(const struct ipmasq_policy *before,
					  const struct ipmasq_policy *after,
					  enum ipmasq_family family, struct ipmasq_diff **diff)
{
	const struct ipmasq_policy *policies[2] = { before, after };
	struct ipmasq_partition *partitions[2] = { NULL, NULL };
	struct ipmasq_policy copies[2] = { 0 };
	struct side sides[2];
	int r = 0;

	for (int i = 0; i < 2 && r == 0; i++) {
		const struct policy_family *f = policy_family(policies[i], family);

		r = copy_sources(policies[i], family, &copies[i]);
		if (r == 0)
			r = ipmasq_partition_new(&copies[i], family, &partitions[i]);
		sides[i] = (struct side){ partitions[i], 0, f->entries, f->source_count };
	}
	if (r == 0)
		r = diff_sides(&sides[0], &sides[1], diff);
	for (int i = 0; i < 2; i++) {
		ipmasq_partition_free(partitions[i]);
		free(copies[i].families[family == IPMASQ_IPV6].entries);
	}
	return r;
}

IPMASQ_EXPORT void ipmasq_diff_free(struct ipmasq_diff *diff)
{
	if (!diff)
		return;
	free(diff->changes);
	free(diff->parts);
	free(diff);
}

IPMASQ_EXPORT size_t ipmasq_diff_count(const struct ipmasq_diff *diff)
{
	return diff->count;
}

/* The part as the caller sees it, cut to what lies within the CIDR. */
static void put_part(const struct ipmasq_diff *diff, const struct part *part,
		     const struct prefix *within, uint8_t first[16], uint8_t last[16])
{
	struct addr end = prefix_last(within);

	if (first)
		addr_to_bytes(diff->family,
			      addr_compare(part->first, within->addr) < 0 ? within->addr
									  : part->first,
			      first);
	if (last)
		addr_to_bytes(diff->family, addr_compare(end, part->last) < 0 ? end : part->last,
			      last);
}

IPMASQ_EXPORT bool ipmasq_diff_get(const struct ipmasq_diff *diff, size_t index, uint8_t first[16],
				   uint8_t last[16], const struct ipmasq_entry **before,
				   const struct ipmasq_entry **after)
{
	const struct change *change;

	if (index >= diff->count)
		return false;
	change = &diff->changes[index];
	if (first)
		addr_to_bytes(diff->family, change->prefix.addr, first);
	if (last)
		addr_to_bytes(diff->family, prefix_last(&change->prefix), last);
	if (before)
		*before = diff->parts[change->part].before;
	if (after)
		*after = diff->parts[change->part].after;
	return true;
}

IPMASQ_EXPORT enum ipmasq_verdict ipmasq_diff_verdict(const struct ipmasq_diff *diff, size_t index)
{
	return diff->parts[diff->changes[index].part].to;
}

IPMASQ_EXPORT size_t ipmasq_diff_part_count(const struct ipmasq_diff *diff, size_t index)
{
	return diff->changes[index].part_count;
}

IPMASQ_EXPORT bool ipmasq_diff_part(const struct ipmasq_diff *diff, size_t index, size_t part,
				    uint8_t first[16], uint8_t last[16],
				    const struct ipmasq_entry **before,
				    const struct ipmasq_entry **after)
{
	const struct change *change = &diff->changes[index];
	const struct part *found;

	if (part >= change->part_count)
		return false;
	found = &diff->parts[change->part + part];
	put_part(diff, found, &change->prefix, first, last);
	if (before)
		*before = found->before;
	if (after)
		*after = found->after;
	return true;
}

IPMASQ_EXPORT const char *ipmasq_diff_addresses(const struct ipmasq_diff *diff,
						enum ipmasq_verdict to, char text[IPMASQ_TEXT_MAX])
{
	return tally_format(diff->tallies[to], text);
}

IPMASQ_EXPORT const char *ipmasq_range_size(enum ipmasq_family family, const uint8_t *first,
					    const uint8_t *last, char text[IPMASQ_TEXT_MAX])
{
	struct tally tally = { 0 };

	tally_add(&tally, family, addr_from_bytes(family, first), addr_from_bytes(family, last));
	return tally_format(tally, text);
}
