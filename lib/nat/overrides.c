/* SPDX-License-Identifier: Apache-2.0 */
/* Which packets that a policy speaks of are decided otherwise: a list, one rule after the other. */
#include <stdlib.h>
#include <string.h>

#include "nat/override_entries.h"
#include "nat/owners.h"
#include "nat/rule_info.h"
#include "util/common.h"

struct ipmasq_overrides {
	const struct ipmasq_policy *policy;
	enum ipmasq_family family;
	struct atoms sources;
	struct atoms destinations;
	struct entries entries;
};

static int compare_spans(const struct spans *a, const struct spans *b)
{
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	/* Empty lists may have no memory. */
	return a->count ? memcmp(a->list, b->list, a->count * sizeof(*a->list)) : 0;
}

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* Entries that differ in nothing but their sources and certainty become neighbours. */
static int compare_meaning(const struct entry *a, const struct entry *b)
{
	int order = COMPARE((uintptr_t)a->at.rule, (uintptr_t)b->at.rule);

	if (order == 0)
		order = COMPARE((uintptr_t)a->at.table, (uintptr_t)b->at.table);
	if (order == 0)
		order = COMPARE(a->at.chain, b->at.chain);
	if (order == 0)
		order = COMPARE(a->verdict, b->verdict);
	if (order == 0)
		order = COMPARE(a->wanted, b->wanted);
	return order ? order : compare_spans(&a->destinations, &b->destinations);
}

/* Those that differ in nothing but their sources. */
static int compare_kind(const struct entry *a, const struct entry *b)
{
	int order = compare_meaning(a, b);

	return order ? order : COMPARE(a->certainty, b->certainty);
}

static int compare_for_uniting(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;
	int order = compare_kind(a, b);

	if (order == 0 && a->sources.count > 0 && b->sources.count > 0)
		order = COMPARE(a->sources.list[0].first, b->sources.list[0].first);
	return order ? order : COMPARE(a->order, b->order);
}

/* Those that speak of the same packets. */
static int compare_packets(const struct entry *a, const struct entry *b)
{
	int order = compare_meaning(a, b);

	return order ? order : compare_spans(&a->sources, &b->sources);
}

static int compare_for_dropping(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;
	int order = compare_packets(a, b);

	return order ? order : COMPARE(a->certainty, b->certainty);
}

static int compare_for_users(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;

	if (a->alarm != b->alarm)
		return a->alarm ? -1 : 1;
	if (a->certainty != b->certainty)
		return a->certainty < b->certainty ? -1 : 1;
	return COMPARE(a->order, b->order);
}

static int compare_firsts(const void *left, const void *right)
{
	const struct span *a = left;
	const struct span *b = right;

	return COMPARE(a->first, b->first);
}

/* Sorts spans that may overlap, and unites them. */
static void settle_spans(struct spans *spans)
{
	size_t kept = 0;

	if (spans->count < 2)
		return;
	array_sort(spans->list, spans->count, sizeof(*spans->list), compare_firsts);
	for (size_t i = 1; i < spans->count; i++) {
		struct span *top = &spans->list[kept];

		if (spans->list[i].first > top->end)
			spans->list[++kept] = spans->list[i];
		else if (spans->list[i].end > top->end)
			top->end = spans->list[i].end;
	}
	spans->count = kept + 1;
}

/* Whether an entry is for more than half of all addresses. */
static bool is_for_most(const struct ipmasq_overrides *made, const struct entry *entry)
{
	uint64_t size = 0;

	for (size_t i = 0; i < entry->sources.count; i++) {
		const struct span *span = &entry->sources.list[i];

		size += atoms_last(&made->sources, span->end - 1).hi -
			made->sources.starts[span->first].hi;
	}
	return size > UINT64_MAX / 2;
}

/* Whether an entry is for packets of one address to itself. These were sent to another, which DNAT
 * turned back, and come to nothing unless they are masqueraded. */
static bool is_hairpin(const struct ipmasq_overrides *made, const struct entry *entry)
{
	const struct atoms *axes[] = { &made->sources, &made->destinations };
	const struct spans *spans[] = { &entry->sources, &entry->destinations };
	struct addr hosts[2];

	for (size_t i = 0; i < ARRAY_SIZE(axes); i++) {
		struct prefix host = { .len = (uint8_t)family_bits(made->family) };

		if (spans[i]->count != 1)
			return false;
		host.addr = axes[i]->starts[spans[i]->list[0].first];
		if (!addr_equal(prefix_last(&host), atoms_last(axes[i], spans[i]->list[0].end - 1)))
			return false;
		hosts[i] = host.addr;
	}
	return addr_equal(hosts[0], hosts[1]);
}

static bool is_alarm(const struct ipmasq_overrides *made, const struct entry *entry)
{
	const struct nat_owner *owner;

	if (entry->certainty == CONDITIONAL || entry->verdict == NAT_UNKNOWN ||
	    rule_is_ours(&entry->at, made->policy) || is_hairpin(made, entry))
		return false;
	if (policy_family(made->policy, made->family)->pod_count > 0)
		return true;
	/* A bridge has a network; what is for most addresses is for pods as well. */
	owner = nat_owner_of(&entry->at);
	return !owner || !owner->never_pods || is_for_most(made, entry);
}

static int unite(struct entries *entries)
{
	size_t kept = 0;
	int r = 0;

	array_sort(entries->list, entries->count, sizeof(*entries->list), compare_for_uniting);
	for (size_t i = 1; i < entries->count; i++) {
		struct entry *top = &entries->list[kept];
		struct entry *entry = &entries->list[i];

		if (compare_kind(top, entry) != 0) {
			entries->list[++kept] = *entry;
			continue;
		}
		for (size_t j = 0; j < entry->sources.count && r == 0; j++)
			r = spans_add(&top->sources, entry->sources.list[j].first,
				      entry->sources.list[j].end);
		if (entry->order < top->order)
			top->order = entry->order;
		entry_release(entry);
	}
	entries->count = kept + 1;
	for (size_t i = 0; i < entries->count; i++)
		settle_spans(&entries->list[i].sources);
	return r;
}

/* Of entries for the same packets leaves the one that takes least to be certain. */
static void drop_lesser(struct entries *entries)
{
	size_t kept = 0;

	array_sort(entries->list, entries->count, sizeof(*entries->list), compare_for_dropping);
	for (size_t i = 1; i < entries->count; i++) {
		if (compare_packets(&entries->list[kept], &entries->list[i]) == 0)
			entry_release(&entries->list[i]);
		else
			entries->list[++kept] = entries->list[i];
	}
	entries->count = kept + 1;
}

/* All sources that the policy speaks of. */
static int all_sources(const struct space *space, struct spans *all)
{
	const struct spans *lists[] = { &space->common, &space->excluded };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (size_t j = 0; j < lists[i]->count && r == 0; j++)
			r = spans_add(all, lists[i]->list[j].first, lists[i]->list[j].end);
	}
	settle_spans(all);
	return r;
}

/* Completes the entries. */
static int settle(struct ipmasq_overrides *made, const struct space *space)
{
	struct entries *entries = &made->entries;
	struct spans all = { 0 };
	int r = 0;

	if (entries->count == 0)
		return 0;
	r = unite(entries);
	drop_lesser(entries);
	if (r == 0)
		r = all_sources(space, &all);
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->list[i];

		entry->any_source = compare_spans(&entry->sources, &all) == 0;
		entry->alarm = is_alarm(made, entry);
	}
	array_sort(entries->list, entries->count, sizeof(*entries->list), compare_for_users);
	spans_release(&all);
	return r;
}

static int fill(struct ipmasq_overrides *made, const struct ipmasq_nat *nat)
{
	struct ground ground;
	int r = ground_begin(&ground, nat, made->policy, made->family);

	if (r == 0)
		r = entries_find(&made->entries, &ground);
	made->sources = ground.space.sources;
	made->destinations = ground.space.destinations;
	ground.space.sources = (struct atoms){ 0 };
	ground.space.destinations = (struct atoms){ 0 };
	if (r == 0)
		r = settle(made, &ground.space);
	ground_release(&ground);
	return r;
}

IPMASQ_EXPORT int ipmasq_nat_overrides(const struct ipmasq_nat *nat,
				       const struct ipmasq_policy *policy,
				       enum ipmasq_family family,
				       struct ipmasq_overrides **overrides)
{
	struct ipmasq_overrides *made;
	int r;

	if (!nat || !policy || !family_is_known(family) || !overrides)
		return -EINVAL;
	if (nat->model->untold & NAT_FAMILY(family))
		return -ENODATA;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->policy = policy;
	made->family = family;
	r = fill(made, nat);
	if (r < 0) {
		ipmasq_overrides_free(made);
		return r;
	}
	*overrides = made;
	return 0;
}

IPMASQ_EXPORT void ipmasq_overrides_free(struct ipmasq_overrides *overrides)
{
	if (!overrides)
		return;
	entries_release(&overrides->entries);
	atoms_release(&overrides->sources);
	atoms_release(&overrides->destinations);
	free(overrides);
}

IPMASQ_EXPORT size_t ipmasq_overrides_count(const struct ipmasq_overrides *overrides)
{
	return overrides ? overrides->entries.count : 0;
}

IPMASQ_EXPORT int ipmasq_overrides_get(const struct ipmasq_overrides *overrides, size_t index,
				       struct ipmasq_override *override, size_t size)
{
	struct ipmasq_override known = { 0 };
	const struct entry *entry;

	if (!overrides)
		return -EINVAL;
	if (index >= overrides->entries.count)
		return -ERANGE;
	entry = &overrides->entries.list[index];
	known.certain = entry->certainty == CERTAIN;
	known.unmarked = entry->certainty == CERTAIN_UNMARKED ||
			 entry->certainty == CERTAIN_UNMARKED_FIRST;
	known.first = entry->certainty == CERTAIN_FIRST ||
		      entry->certainty == CERTAIN_UNMARKED_FIRST;
	known.alarm = entry->alarm;
	known.wanted = entry->wanted;
	known.verdict = outcome_verdict(entry->verdict);
	known.any_source = entry->any_source;
	known.sources = entry->any_source ? 0 : entry->sources.count;
	known.destinations = entry->destinations.count;
	known.decided = rule_info(&entry->at, overrides->policy, &known.rule);
	return struct_fill(override, size, &known, sizeof(known));
}

IPMASQ_EXPORT int ipmasq_overrides_range(const struct ipmasq_overrides *overrides, size_t index,
					 bool sources, size_t range, uint8_t first[16],
					 uint8_t last[16])
{
	const struct spans *spans;
	const struct atoms *axis;

	if (!overrides || !first || !last)
		return -EINVAL;
	if (index >= overrides->entries.count ||
	    (sources && overrides->entries.list[index].any_source))
		return -ERANGE;
	axis = sources ? &overrides->sources : &overrides->destinations;
	spans = sources ? &overrides->entries.list[index].sources
			: &overrides->entries.list[index].destinations;
	if (range >= spans->count)
		return -ERANGE;
	addr_to_bytes(overrides->family, axis->starts[spans->list[range].first], first);
	addr_to_bytes(overrides->family, atoms_last(axis, spans->list[range].end - 1), last);
	return 0;
}

IPMASQ_EXPORT const char *ipmasq_overrides_incomplete(const struct ipmasq_overrides *overrides)
{
	return overrides ? overrides->entries.incomplete : NULL;
}
