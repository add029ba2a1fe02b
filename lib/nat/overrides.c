/* SPDX-License-Identifier: Apache-2.0 */
/* Which packets that a policy speaks of are decided otherwise: a list, one rule after the other. */
#include <stdlib.h>
#include <string.h>

#include "nat/departures.h"
#include "nat/owners.h"
#include "nat/rule_info.h"

#define ENTRIES_MAX 10000

struct entry {
	struct nat_at at;
	enum nat_verdict verdict;
	enum ipmasq_verdict wanted;
	bool certain;
	bool alarm;
	/* In which it was found. */
	size_t order;
	bool any_source;
	struct spans sources;
	struct spans destinations;
};

struct ipmasq_overrides {
	const struct ipmasq_policy *policy;
	enum ipmasq_family family;
	struct atoms sources;
	struct atoms destinations;
	struct entry *entries;
	size_t count;
	size_t capacity;
	const char *incomplete;
};

static int add_entry(struct ipmasq_overrides *made, const struct departure *departure, bool certain,
		     struct spans *sources, struct spans *destinations)
{
	struct entry entry = {
		.at = departure->at,
		.verdict = departure->verdict,
		.wanted = departure->wanted,
		.certain = certain,
		.order = made->count,
	};
	int r;

	if (destinations->count == 0)
		return 0;
	if (made->count == ENTRIES_MAX) {
		made->incomplete = "so many rules decide otherwise that not all are listed";
		return 0;
	}
	r = array_grow(&made->entries, &made->capacity, made->count, sizeof(entry));
	if (r < 0)
		return r;
	entry.destinations = *destinations;
	*destinations = (struct spans){ 0 };
	for (size_t i = 0; i < sources->count && r == 0; i++)
		r = spans_add(&entry.sources, sources->list[i].first, sources->list[i].end);
	made->entries[made->count++] = entry;
	return r;
}

/* Splits destinations by whether some outcome agrees there. */
static int split(const uint64_t *agreed, const struct spans *all, struct spans *certain,
		 struct spans *conditional)
{
	int r = 0;

	for (size_t i = 0; i < all->count; i++) {
		for (uint32_t at = all->list[i].first; at < all->list[i].end && r == 0; at++) {
			bool agrees = agreed[at / 64] >> at % 64 & 1;

			r = spans_add(agrees ? conditional : certain, at, at + 1);
		}
	}
	return r;
}

/* One departure for those of its sources that were in one class in the end. */
static int add_part(struct ipmasq_overrides *made, struct departures *found,
		    const struct departure *departure, uint32_t class, struct spans *sources)
{
	struct spans conditional = { 0 };
	struct spans certain = { 0 };
	int r = split(class_level(&found->classes, class, LEVEL_AGREED), &departure->destinations,
		      &certain, &conditional);

	for (size_t i = 0; i < departure->destinations.count; i++)
		classes_work(&found->classes, departure->destinations.list[i].end -
						      departure->destinations.list[i].first);
	if (r == 0)
		r = add_entry(made, departure, true, sources, &certain);
	if (r == 0)
		r = add_entry(made, departure, false, sources, &conditional);
	spans_release(&certain);
	spans_release(&conditional);
	return r;
}

/* Adds a departure, one class of its sources after the other. */
static int add_departure(struct ipmasq_overrides *made, struct departures *found,
			 const struct departure *departure)
{
	const struct spans *all = &departure->sources->spans;
	struct class_list seen = { 0 };
	struct spans *parts = NULL;
	size_t capacity = 0;
	int r = 0;

	for (size_t i = 0; i < all->count && r == 0; i++) {
		classes_work(&found->classes, all->list[i].end - all->list[i].first);
		for (uint32_t atom = all->list[i].first; atom < all->list[i].end && r == 0;
		     atom++) {
			struct class *class = &found->classes.list[found->classes.of[atom]];

			if (!class->inside) {
				r = array_grow(&parts, &capacity, seen.count, sizeof(*parts));
				if (r < 0)
					break;
				parts[seen.count] = (struct spans){ 0 };
				class->to = (uint32_t)seen.count;
				r = class_list_add(&seen, found->classes.of[atom]);
				if (r < 0)
					break;
				class->inside = true;
			}
			r = spans_add(&parts[class->to], atom, atom + 1);
		}
	}
	for (size_t i = 0; i < seen.count; i++) {
		if (r == 0)
			r = add_part(made, found, departure, seen.list[i], &parts[i]);
		found->classes.list[seen.list[i]].inside = false;
		spans_release(&parts[i]);
	}
	free(parts);
	free(seen.list);
	return r;
}

static int compare_spans(const struct spans *a, const struct spans *b)
{
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	/* Empty lists may have no memory. */
	return a->count ? memcmp(a->list, b->list, a->count * sizeof(*a->list)) : 0;
}

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* Entries that differ in nothing but their sources become neighbours. */
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
	if (order == 0)
		order = COMPARE(a->certain, b->certain);
	return order ? order : compare_spans(&a->destinations, &b->destinations);
}

static int compare_for_uniting(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;
	int order = compare_meaning(a, b);

	if (order == 0 && a->sources.count > 0 && b->sources.count > 0)
		order = COMPARE(a->sources.list[0].first, b->sources.list[0].first);
	return order ? order : COMPARE(a->order, b->order);
}

static int compare_for_users(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;

	if (a->alarm != b->alarm)
		return a->alarm ? -1 : 1;
	if (a->certain != b->certain)
		return a->certain ? -1 : 1;
	return COMPARE(a->order, b->order);
}

static void entry_release(struct entry *entry)
{
	spans_release(&entry->sources);
	spans_release(&entry->destinations);
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
	qsort(spans->list, spans->count, sizeof(*spans->list), compare_firsts);
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

	if (!entry->certain || entry->verdict == NAT_UNKNOWN ||
	    rule_is_ours(&entry->at, made->policy) || is_hairpin(made, entry))
		return false;
	if (policy_family(made->policy, made->family)->pod_count > 0)
		return true;
	/* A bridge has a network; what is for most addresses is for pods as well. */
	owner = nat_owner_of(&entry->at);
	return !owner || !owner->never_pods || is_for_most(made, entry);
}

static int unite(struct ipmasq_overrides *made)
{
	size_t kept = 0;
	int r = 0;

	if (made->count == 0)
		return 0;
	qsort(made->entries, made->count, sizeof(*made->entries), compare_for_uniting);
	for (size_t i = 1; i < made->count; i++) {
		struct entry *top = &made->entries[kept];
		struct entry *entry = &made->entries[i];

		if (compare_meaning(top, entry) != 0) {
			made->entries[++kept] = *entry;
			continue;
		}
		for (size_t j = 0; j < entry->sources.count && r == 0; j++)
			r = spans_add(&top->sources, entry->sources.list[j].first,
				      entry->sources.list[j].end);
		if (entry->order < top->order)
			top->order = entry->order;
		entry_release(entry);
	}
	made->count = kept + 1;
	for (size_t i = 0; i < made->count; i++) {
		settle_spans(&made->entries[i].sources);
		made->entries[i].alarm = is_alarm(made, &made->entries[i]);
	}
	qsort(made->entries, made->count, sizeof(*made->entries), compare_for_users);
	return r;
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

static int fill(struct ipmasq_overrides *made, struct departures *found)
{
	struct spans all = { 0 };
	int r = 0;

	for (size_t i = 0; i < found->count && r == 0 && !made->incomplete; i++) {
		if (found->classes.work_left == 0)
			found->cut_short = true;
		else
			r = add_departure(made, found, &found->list[i]);
	}
	if (found->cut_short)
		made->incomplete = "there are too many rules to tell what they do to all packets";
	made->sources = found->space.sources;
	made->destinations = found->space.destinations;
	found->space.sources = (struct atoms){ 0 };
	found->space.destinations = (struct atoms){ 0 };
	if (r == 0)
		r = unite(made);
	if (r == 0)
		r = all_sources(&found->space, &all);
	for (size_t i = 0; i < made->count && r == 0; i++)
		made->entries[i].any_source = compare_spans(&made->entries[i].sources, &all) == 0;
	spans_release(&all);
	return r;
}

IPMASQ_EXPORT int ipmasq_nat_overrides(const struct ipmasq_nat *nat,
				       const struct ipmasq_policy *policy,
				       enum ipmasq_family family,
				       struct ipmasq_overrides **overrides)
{
	struct ipmasq_overrides *made;
	struct departures found;
	int r;

	if (!nat || !policy || !family_is_known(family) || !overrides)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->policy = policy;
	made->family = family;
	r = departures_find(&found, nat, policy, family);
	if (r == 0)
		r = fill(made, &found);
	departures_release(&found);
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
	for (size_t i = 0; i < overrides->count; i++)
		entry_release(&overrides->entries[i]);
	free(overrides->entries);
	atoms_release(&overrides->sources);
	atoms_release(&overrides->destinations);
	free(overrides);
}

IPMASQ_EXPORT size_t ipmasq_overrides_count(const struct ipmasq_overrides *overrides)
{
	return overrides ? overrides->count : 0;
}

IPMASQ_EXPORT int ipmasq_overrides_get(const struct ipmasq_overrides *overrides, size_t index,
				       struct ipmasq_override *override, size_t size)
{
	struct ipmasq_override known = { 0 };
	const struct entry *entry;

	if (!overrides)
		return -EINVAL;
	if (index >= overrides->count)
		return -ERANGE;
	entry = &overrides->entries[index];
	known.certain = entry->certain;
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
	if (index >= overrides->count || (sources && overrides->entries[index].any_source))
		return -ERANGE;
	axis = sources ? &overrides->sources : &overrides->destinations;
	spans = sources ? &overrides->entries[index].sources
			: &overrides->entries[index].destinations;
	if (range >= spans->count)
		return -ERANGE;
	addr_to_bytes(overrides->family, axis->starts[spans->list[range].first], first);
	addr_to_bytes(overrides->family, atoms_last(axis, spans->list[range].end - 1), last);
	return 0;
}

IPMASQ_EXPORT const char *ipmasq_overrides_incomplete(const struct ipmasq_overrides *overrides)
{
	return overrides ? overrides->incomplete : NULL;
}
