/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the entry that decides, for every address.
 *
 * CIDRs are nested or disjoint, never crossing. So a sweep over them in the order of their first
 * addresses, outer before inner, needs only a stack of those that are open, each with the best
 * entry (the lowest index) among itself and those below it.
 */
#include "policy/partition.h"

#include <stdlib.h>
#include <string.h>

#include "util/prefix_order.h"
#include "util/ranges.h"

struct open_prefix {
	struct addr last;
	uint32_t best;
};

struct sweep {
	struct ipmasq_partition *partition;
	/* Their lengths differ, and are 0 to 128. */
	struct open_prefix stack[129];
	size_t depth;
};

/* From @start on @entry decides. */
static void start_range(struct ipmasq_partition *p, struct addr start, uint32_t entry)
{
	if (p->count > 0 && addr_equal(p->starts[p->count - 1], start))
		p->count--;
	if (p->count > 0 && p->entries[p->count - 1] == entry)
		return;
	p->starts[p->count] = start;
	p->entries[p->count] = entry;
	p->count++;
}

static void close_prefixes(struct sweep *sweep, struct addr address)
{
	while (sweep->depth > 1 && addr_compare(sweep->stack[sweep->depth - 1].last, address) < 0) {
		struct addr after = addr_next(sweep->stack[sweep->depth - 1].last);

		sweep->depth--;
		start_range(sweep->partition, after, sweep->stack[sweep->depth - 1].best);
	}
}

/* @again: the prefix is the one that was opened last. */
static void open_prefix(struct sweep *sweep, const struct prefix *prefix, uint32_t index,
			bool again)
{
	struct open_prefix *top;

	if (!again) {
		uint32_t below;

		close_prefixes(sweep, prefix->addr);
		below = sweep->depth ? sweep->stack[sweep->depth - 1].best : index;
		sweep->stack[sweep->depth++] = (struct open_prefix){ prefix_last(prefix), below };
	}
	top = &sweep->stack[sweep->depth - 1];
	if (index < top->best)
		top->best = index;
	start_range(sweep->partition, prefix->addr, top->best);
}

static void run_sweep(struct ipmasq_partition *partition, const struct prefix_order *order)
{
	struct sweep sweep = { .partition = partition };
	const struct addr end = { UINT64_MAX, UINT64_MAX };
	/* None has this family. */
	struct prefix before = { .family = 0 };

	for (size_t i = 0; i < order->count; i++) {
		struct prefix prefix;
		uint32_t entry = prefix_order_get(order, i, &prefix);

		open_prefix(&sweep, &prefix, entry, prefix_equal(&prefix, &before));
		before = prefix;
	}
	/* What is still open is closed inside out, except what reaches to the end of the space. */
	close_prefixes(&sweep, end);
}

/* The entries that match by destination. */
static int sort_destinations(const struct policy_family *f, enum ipmasq_family family,
			     struct prefix_order *order)
{
	int r = prefix_order_init(order, family, f->count);

	if (r < 0)
		return r;
	for (size_t i = f->source_count; i < f->count; i++)
		prefix_order_add(order, &f->entries[i].prefix, (uint32_t)i);
	return prefix_order_sort(order);
}

/* The addresses outside of podCIDRs, as prefixes. */
static int split_outside(const struct policy_family *f, enum ipmasq_family family,
			 struct prefixes *outside)
{
	struct ranges pods = { 0 };
	int r = 0;

	if (f->pod_count == 0)
		return 0;
	for (size_t i = 0; i < f->pod_count && r == 0; i++)
		r = ranges_add(&pods, &policy_pods(f)[i].prefix);
	ranges_unite(&pods);
	if (r == 0)
		r = ranges_split_outside(&pods, family, outside);
	ranges_release(&pods);
	return r;
}

/* The entries that match by source, and one for all others. */
static int sort_sources(const struct policy_family *f, enum ipmasq_family family,
			struct prefix_order *order)
{
	const struct prefix everything = { .family = (uint8_t)family };
	struct prefixes outside = { 0 };
	int r = split_outside(f, family, &outside);

	*order = (struct prefix_order){ .family = family };
	if (r == 0)
		r = prefix_order_init(order, family, f->source_count + 1 + outside.count);
	if (r == 0) {
		for (size_t i = 0; i < outside.count; i++)
			prefix_order_add(order, &outside.prefixes[i], 0);
		for (size_t i = policy_first_source(f); i < f->source_count; i++)
			prefix_order_add(order, &f->entries[i].prefix, (uint32_t)i);
		prefix_order_add(order, &everything, (uint32_t)f->source_count);
		r = prefix_order_sort(order);
	}
	free(outside.prefixes);
	return r;
}

static int make_ranges(struct ipmasq_partition *partition)
{
	const struct policy_family *f = policy_family(partition->policy, partition->family);
	struct prefix_order order;
	int r = partition->sources ? sort_sources(f, partition->family, &order)
				   : sort_destinations(f, partition->family, &order);

	if (r == 0) {
		/* A prefix starts at most two ranges: its own, and the one after it. */
		partition->starts = malloc(2 * order.count * sizeof(*partition->starts));
		partition->entries = malloc(2 * order.count * sizeof(*partition->entries));
		r = partition->starts && partition->entries ? 0 : -ENOMEM;
	}
	if (r == 0)
		run_sweep(partition, &order);
	prefix_order_release(&order);
	return r;
}

static int make_partition(const struct ipmasq_policy *policy, enum ipmasq_family family,
			  bool sources, struct ipmasq_partition **partition)
{
	struct ipmasq_partition *made = calloc(1, sizeof(*made));
	int r;

	if (!made)
		return -ENOMEM;
	made->policy = policy;
	made->family = family;
	made->sources = sources;
	r = make_ranges(made);
	if (r < 0) {
		ipmasq_partition_free(made);
		return r;
	}
	*partition = made;
	return 0;
}

int partition_new_unindexed(const struct ipmasq_policy *policy, enum ipmasq_family family,
			    struct ipmasq_partition **partition)
{
	return make_partition(policy, family, false, partition);
}

int partition_new_sources(const struct ipmasq_policy *policy, enum ipmasq_family family,
			  struct ipmasq_partition **partition)
{
	return make_partition(policy, family, true, partition);
}

IPMASQ_EXPORT int ipmasq_partition_new(const struct ipmasq_policy *policy,
				       enum ipmasq_family family,
				       struct ipmasq_partition **partition)
{
	struct ipmasq_partition *made;
	int r;

	if (!policy || !family_is_known(family) || !partition)
		return -EINVAL;
	r = partition_new_unindexed(policy, family, &made);
	if (r < 0)
		return r;
	r = range_index_init(&made->index, family, made->starts, made->count);
	if (r < 0) {
		ipmasq_partition_free(made);
		return r;
	}
	*partition = made;
	return 0;
}

IPMASQ_EXPORT void ipmasq_partition_free(struct ipmasq_partition *partition)
{
	if (!partition)
		return;
	range_index_release(&partition->index);
	free(partition->starts);
	free(partition->entries);
	free(partition);
}

IPMASQ_EXPORT size_t ipmasq_partition_count(const struct ipmasq_partition *partition)
{
	return partition ? partition->count : 0;
}

static const struct ipmasq_entry *range_entry(const struct ipmasq_partition *partition,
					      size_t index)
{
	return &policy_family(partition->policy, partition->family)
			->entries[partition->entries[index]];
}

struct addr partition_last(const struct ipmasq_partition *partition, size_t index)
{
	if (index + 1 < partition->count)
		return addr_previous(partition->starts[index + 1]);
	return (struct addr){ UINT64_MAX, UINT64_MAX };
}

IPMASQ_EXPORT const struct ipmasq_entry *
ipmasq_partition_get(const struct ipmasq_partition *partition, size_t index, uint8_t first[16],
		     uint8_t last[16])
{
	if (!partition || index >= partition->count)
		return NULL;
	if (first)
		addr_to_bytes(partition->family, partition->starts[index], first);
	if (last)
		addr_to_bytes(partition->family, partition_last(partition, index), last);
	return range_entry(partition, index);
}

static inline size_t find_range(const struct ipmasq_partition *partition, const void *address)
{
	if (partition->family == IPMASQ_IPV4)
		return range_index_find4(&partition->index, address);
	return range_index_find6(&partition->index, address);
}

IPMASQ_EXPORT size_t ipmasq_partition_find(const struct ipmasq_partition *partition,
					   const void *address)
{
	return partition && address ? find_range(partition, address) : 0;
}

IPMASQ_EXPORT const struct ipmasq_entry *
ipmasq_partition_lookup(const struct ipmasq_partition *partition, const void *address)
{
	if (!partition || !address)
		return NULL;
	return range_entry(partition, find_range(partition, address));
}
