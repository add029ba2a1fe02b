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
};

/* Adds the run of parts from number @part on, as the fewest CIDRs. */
static int add_run(struct section *section, size_t part)
{
	struct prefix_split split = {
		.family = section->family,
		.first = section->parts[part].first,
		.last = section->parts[section->part_count - 1].last,
	};
	struct prefix prefix;

	while (prefix_split_next(&split, &prefix)) {
		struct change change = { prefix, part, 1 };
		struct addr end = prefix_last(&prefix);
		int r = array_grow(&section->changes, &section->capacity, section->count,
				   sizeof(change));

		if (r < 0)
			return r;
		for (; addr_compare(section->parts[part].last, end) < 0; part++)
			change.part_count++;
		section->changes[section->count++] = change;
		part += addr_equal(section->parts[part].last, end);
	}
	return 0;
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

/* NULL: a source that no entry lists. */
static const struct ipmasq_entry *range_entry(const struct section *section,
					      const struct side *side)
{
	const struct ipmasq_partition *partition = side->partition;
	const struct policy_family *f = policy_family(partition->policy, partition->family);
	uint32_t index = partition->entries[side->range];

	return section->sources && index >= f->source_count ? NULL : &f->entries[index];
}

/* MASQUERADE stands for a source that is not listed, whatever its destination. */
static enum ipmasq_verdict entry_verdict(const struct ipmasq_entry *entry)
{
	return entry ? entry->verdict : IPMASQ_MASQUERADE;
}

static int walk_partitions(struct section *section, struct side *old, struct side *new)
{
	struct part part = { .last = { UINT64_MAX, UINT64_MAX } };
	size_t run = 0;
	int r = 0;

	while (r == 0 && old->range < old->partition->count) {
		struct addr old_last = partition_last(old->partition, old->range);
		struct addr new_last = partition_last(new->partition, new->range);
		int order = addr_compare(old_last, new_last);

		part.first = addr_next(part.last);
		part.last = order < 0 ? old_last : new_last;
		part.before = range_entry(section, old);
		part.after = range_entry(section, new);
		part.to = entry_verdict(part.after);
		if (entry_verdict(part.before) != part.to)
			r = add_part(section, &part, &run);
		old->range += order <= 0;
		new->range += order >= 0;
	}
	if (r == 0 && section->part_count > run)
		r = add_run(section, run);
	return r;
}

static int make_side(const struct section *section, const struct ipmasq_policy *policy,
		     struct side *side)
{
	return section->sources
		       ? partition_new_sources(policy, section->family, &side->partition)
		       : partition_new_unindexed(policy, section->family, &side->partition);
}

static int fill_section(struct section *section, const struct ipmasq_policy *before,
			const struct ipmasq_policy *after)
{
	struct side old = { .partition = NULL };
	struct side new = { .partition = NULL };
	int r = make_side(section, before, &old);

	if (r == 0)
		r = make_side(section, after, &new);
	if (r == 0)
		r = walk_partitions(section, &old, &new);
	ipmasq_partition_free(old.partition);
	ipmasq_partition_free(new.partition);
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
		r = fill_section(section, before, after);
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
