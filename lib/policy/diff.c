/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds where two policies differ in their verdict, by destination and by source.
 *
 * The partitions of both are sorted and cover the whole space, so one walk along the two finds the
 * parts: stretches in which neither changes its entry. Parts that touch and change in the same way
 * make one run, which is written as the fewest CIDRs.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/partition.h"
#include "util/tally.h"

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

/* The changes of the destinations or of the sources of one family. */
struct section {
	enum ipmasq_family family;
	bool sources;
	struct change *changes;
	size_t count;
	size_t capacity;
	struct part *parts;
	size_t part_count;
	size_t part_capacity;
	/* By the verdict that addresses change to. */
	struct tally tallies[2];
};

#define SECTIONS 4

/* The destinations of both families, then their sources. */
struct ipmasq_diff {
	struct section sections[SECTIONS];
};

/* One side of the walk. */
struct side {
	struct ipmasq_partition *partition;
	size_t range;
	/* Where the partition is one of copies: the entries that they are copies of. */
	const struct ipmasq_entry *originals;
	size_t original_count;
};

/* Adds the run of parts from number @part on, as the fewest CIDRs. */
static int add_run(struct section *section, size_t part)
{
	struct addr at = section->parts[part].first;
	struct addr last = section->parts[section->part_count - 1].last;

	for (;;) {
		struct change change = { prefix_from_range(section->family, at, last), part, 1 };
		struct addr end = prefix_last(&change.prefix);
		int r = array_grow(&section->changes, &section->capacity, section->count,
				   sizeof(change));

		if (r < 0)
			return r;
		for (; addr_compare(section->parts[part].last, end) < 0; part++)
			change.part_count++;
		section->changes[section->count++] = change;
		if (addr_equal(end, last))
			return 0;
		part += addr_equal(section->parts[part].last, end);
		at = addr_next(end);
	}
}

/* Whether a part begins where the one before it ends, and changes in the same way. */
static bool continues_run(const struct part *before, const struct part *part)
{
	return addr_equal(addr_next(before->last), part->first) && before->to == part->to;
}

static int add_part(struct section *section, const struct part *part, size_t *run)
{
	int r = 0;

	if (section->part_count > *run &&
	    !continues_run(&section->parts[section->part_count - 1], part)) {
		r = add_run(section, *run);
		*run = section->part_count;
	}
	if (r == 0)
		r = array_grow(&section->parts, &section->part_capacity, section->part_count,
			       sizeof(*part));
	if (r < 0)
		return r;
	section->parts[section->part_count++] = *part;
	tally_add(&section->tallies[part->to], section->family, part->first, part->last);
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

static int walk_partitions(struct section *section, struct side *old, struct side *new)
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
			r = add_part(section, &part, &run);
		old->range += order <= 0;
		new->range += order >= 0;
	}
	if (r == 0 && section->part_count > run)
		r = add_run(section, run);
	return r;
}

static int compare_destinations(struct section *section, const struct ipmasq_policy *before,
				const struct ipmasq_policy *after)
{
	struct side old = { .partition = NULL };
	struct side new = { .partition = NULL };
	int r = partition_new_unindexed(before, section->family, &old.partition);

	if (r == 0)
		r = partition_new_unindexed(after, section->family, &new.partition);
	if (r == 0)
		r = walk_partitions(section, &old, &new);
	ipmasq_partition_free(old.partition);
	ipmasq_partition_free(new.partition);
	return r;
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

static int compare_sources(struct section *section, const struct ipmasq_policy *before,
			   const struct ipmasq_policy *after)
{
	const struct ipmasq_policy *policies[2] = { before, after };
	struct ipmasq_policy copies[2] = { 0 };
	struct side sides[2] = { 0 };
	int r = 0;

	for (int i = 0; i < 2 && r == 0; i++) {
		const struct policy_family *f = policy_family(policies[i], section->family);

		sides[i].originals = f->entries;
		sides[i].original_count = f->source_count;
		r = copy_sources(policies[i], section->family, &copies[i]);
		if (r == 0)
			r = partition_new_unindexed(&copies[i], section->family,
						    &sides[i].partition);
	}
	if (r == 0)
		r = walk_partitions(section, &sides[0], &sides[1]);
	for (int i = 0; i < 2; i++) {
		ipmasq_partition_free(sides[i].partition);
		free(copies[i].families[section->family == IPMASQ_IPV6].entries);
	}
	return r;
}

IPMASQ_EXPORT int ipmasq_diff_new(const struct ipmasq_policy *before,
				  const struct ipmasq_policy *after, struct ipmasq_diff **diff)
{
	struct ipmasq_diff *made;
	bool off;
	int r = 0;

	if (!before || !after || !diff)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	off = before->ipv6 == IPMASQ_OFF && after->ipv6 == IPMASQ_OFF;
	for (size_t i = 0; i < SECTIONS && r == 0; i++) {
		struct section *section = &made->sections[i];

		section->family = i % 2 ? IPMASQ_IPV6 : IPMASQ_IPV4;
		section->sources = i >= 2;
		if (off && section->family == IPMASQ_IPV6)
			continue;
		r = section->sources ? compare_sources(section, before, after)
				     : compare_destinations(section, before, after);
	}
	if (r < 0) {
		ipmasq_diff_free(made);
		return r;
	}
	*diff = made;
	return 0;
}

IPMASQ_EXPORT void ipmasq_diff_free(struct ipmasq_diff *diff)
{
	if (!diff)
		return;
	for (size_t i = 0; i < SECTIONS; i++) {
		free(diff->sections[i].changes);
		free(diff->sections[i].parts);
	}
	free(diff);
}

IPMASQ_EXPORT size_t ipmasq_diff_count(const struct ipmasq_diff *diff)
{
	size_t count = 0;

	for (size_t i = 0; diff && i < SECTIONS; i++)
		count += diff->sections[i].count;
	return count;
}

/* Change number @index of all; NULL past the last. */
static const struct change *find_change(const struct ipmasq_diff *diff, size_t index,
					const struct section **section)
{
	for (size_t i = 0; i < SECTIONS; i++) {
		*section = &diff->sections[i];
		if (index < (*section)->count)
			return &(*section)->changes[index];
		index -= (*section)->count;
	}
	return NULL;
}

static int fill_difference(const struct section *section, const struct part *part,
			   struct addr first, struct addr last, size_t part_count,
			   struct ipmasq_difference *difference, size_t size)
{
	struct ipmasq_difference made = {
		.family = section->family,
		.sources = section->sources,
		.to = part->to,
		.before = part->before,
		.after = part->after,
		.part_count = part_count,
	};

	addr_to_bytes(section->family, first, made.first);
	addr_to_bytes(section->family, last, made.last);
	return struct_fill(difference, size, &made, sizeof(made));
}

IPMASQ_EXPORT int ipmasq_diff_get(const struct ipmasq_diff *diff, size_t index,
				  struct ipmasq_difference *difference, size_t size)
{
	const struct section *section;
	const struct change *change;

	if (!diff)
		return -EINVAL;
	change = find_change(diff, index, &section);
	if (!change)
		return -ERANGE;
	return fill_difference(section, &section->parts[change->part], change->prefix.addr,
			       prefix_last(&change->prefix), change->part_count, difference, size);
}

IPMASQ_EXPORT int ipmasq_diff_get_part(const struct ipmasq_diff *diff, size_t index, size_t part,
				       struct ipmasq_difference *difference, size_t size)
{
	const struct section *section;
	const struct change *change;
	const struct part *found;
	struct addr first, last;

	if (!diff)
		return -EINVAL;
	change = find_change(diff, index, &section);
	if (!change || part >= change->part_count)
		return -ERANGE;
	/* A part may reach beyond the CIDR. */
	found = &section->parts[change->part + part];
	first = part == 0 ? change->prefix.addr : found->first;
	last = part + 1 == change->part_count ? prefix_last(&change->prefix) : found->last;
	return fill_difference(section, found, first, last, 1, difference, size);
}

IPMASQ_EXPORT const char *ipmasq_diff_addresses(const struct ipmasq_diff *diff,
						enum ipmasq_family family, bool sources,
						enum ipmasq_verdict to, char text[IPMASQ_TEXT_MAX])
{
	if (!diff || !family_is_known(family) || !IS_UP_TO(IPMASQ_MASQUERADE, to) || !text)
		return NULL;
	return tally_format(diff->sections[2 * sources + (family == IPMASQ_IPV6)].tallies[to],
			    text);
}
