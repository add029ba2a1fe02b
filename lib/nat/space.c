/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts the space of all packets into atoms, and says which of them a rule matches. */
#include "nat/space.h"

#include <stdlib.h>

#include "nat/match.h"
#include "policy/partition.h"

static bool is_source(const struct nat_condition *condition)
{
	return condition->kind == NAT_ON_SOURCE;
}

/* Cuts for the rules of a chain, and goes on to those that they lead to. */
struct cutter {
	struct space *space;
	const struct nat_table *table;
	/* Of the table's chains. */
	bool *seen;
	uint32_t *chains;
	size_t count;
};

static int cut_condition(struct space *space, const struct nat_condition *condition)
{
	struct atoms *axis = is_source(condition) ? &space->sources : &space->destinations;
	const struct ranges *ranges;
	int r = 0;

	space->has_marks |= condition->kind == NAT_ON_PACKET_MARK ||
			    condition->kind == NAT_ON_CONNECTION_MARK;
	if (condition->kind != NAT_ON_SOURCE && condition->kind != NAT_ON_DESTINATION)
		return 0;
	if (!condition->set || condition->set->family != space->family)
		return 0;
	ranges = &condition->set->ranges;
	for (size_t i = 0; i < ranges->count && r == 0; i++)
		r = atoms_cut(axis, ranges->ranges[i].first, ranges->ranges[i].last);
	return r;
}

static void meet(struct cutter *cutter, uint32_t chain)
{
	if (chain >= cutter->table->count || cutter->seen[chain])
		return;
	cutter->seen[chain] = true;
	cutter->chains[cutter->count++] = chain;
}

static int cut_chains(struct cutter *cutter, uint32_t base)
{
	int r = 0;

	meet(cutter, base);
	for (size_t next = 0; next < cutter->count && r == 0; next++) {
		const struct nat_chain *chain = &cutter->table->chains[cutter->chains[next]];

		for (size_t i = 0; i < chain->count && r == 0; i++) {
			const struct nat_rule *rule = &chain->rules[i];

			for (size_t j = 0; j < rule->condition_count && r == 0; j++)
				r = cut_condition(cutter->space, &rule->conditions[j]);
			if (rule->verdict == NAT_JUMP || rule->verdict == NAT_GOTO)
				meet(cutter, rule->chain);
		}
	}
	return r;
}

static int cut_base(struct space *space, const struct nat_base *base)
{
	struct cutter cutter = { .space = space, .table = base->table };
	int r = -ENOMEM;

	cutter.seen = calloc(base->table->count, sizeof(*cutter.seen));
	cutter.chains = calloc(base->table->count, sizeof(*cutter.chains));
	if (cutter.seen && cutter.chains)
		r = cut_chains(&cutter, base->chain);
	free(cutter.seen);
	free(cutter.chains);
	return r;
}

/* Kinds of destinations that match.c tells apart by their addresses. */
static const struct {
	enum ipmasq_family family;
	uint64_t first;
	uint64_t last;
} special[] = {
	{ IPMASQ_IPV4, 0, UINT64_C(0x00ffffffffffffff) },
	{ IPMASQ_IPV4, UINT64_C(0xe000000000000000), UINT64_C(0xefffffffffffffff) },
	{ IPMASQ_IPV4, UINT64_C(0xffffffff00000000), UINT64_MAX },
	{ IPMASQ_IPV6, UINT64_C(0xff00000000000000), UINT64_MAX },
};

static int cut_places(struct space *space, struct atoms *sources, struct atoms *destinations)
{
	const struct nat_routes *routes = &space->nat->routes[space->family == IPMASQ_IPV6];
	int r = 0;

	for (size_t i = 0; i < routes->count && r == 0; i++) {
		r = atoms_cut(sources, routes->routes[i].first, routes->routes[i].last);
		if (r == 0)
			r = atoms_cut(destinations, routes->routes[i].first,
				      routes->routes[i].last);
	}
	for (size_t i = 0; i < ARRAY_SIZE(special) && r == 0; i++) {
		if (special[i].family == space->family)
			r = atoms_cut(destinations, (struct addr){ special[i].first, 0 },
				      (struct addr){ special[i].last, UINT64_MAX });
	}
	return r;
}

/* The atoms from the start of each place up to that of the next. */
static int spans_of_places(const struct atoms *axis, const struct atoms *places,
			   struct spans *spans)
{
	for (size_t i = 0; i < places->count; i++) {
		uint32_t first = atoms_find(axis, places->starts[i]);
		uint32_t end = i + 1 < places->count ? atoms_find(axis, places->starts[i + 1])
						     : (uint32_t)axis->count;

		if (array_grow(&spans->list, &spans->capacity, spans->count, sizeof(*spans->list)))
			return -ENOMEM;
		spans->list[spans->count++] = (struct span){ first, end };
	}
	return 0;
}

static int cut_partition(struct atoms *axis, const struct ipmasq_partition *partition)
{
	int r = 0;

	for (size_t i = 0; i < partition->count && r == 0; i++)
		r = atoms_cut(axis, partition->starts[i], partition_last(partition, i));
	return r;
}

/* The atom behind those from @atom on that begin up to @last. The ranges of a partition follow each
 * other, so none needs a search. */
static uint32_t atom_behind(const struct atoms *axis, uint32_t atom, struct addr last)
{
	while (atom < axis->count && addr_compare(axis->starts[atom], last) <= 0)
		atom++;
	return atom;
}

static int take_sources(struct space *space, const struct policy_family *f,
			const struct ipmasq_partition *partition)
{
	uint32_t end = 0;
	int r = 0;

	for (size_t i = 0; i < partition->count && r == 0; i++) {
		size_t entry = partition->entries[i];
		uint32_t first = end;

		end = atom_behind(&space->sources, first, partition_last(partition, i));
		if (entry == f->source_count)
			r = spans_add(&space->common, first, end);
		else if (!f->entries[entry].outside_pods)
			r = spans_add(&space->excluded, first, end);
	}
	return r;
}

static int take_destinations(struct space *space, const struct policy_family *f,
			     const struct ipmasq_partition *partition)
{
	uint32_t end = 0;
	int r = 0;

	for (size_t i = 0; i < partition->count && r == 0; i++) {
		uint32_t first = end;

		end = atom_behind(&space->destinations, first, partition_last(partition, i));
		if (f->entries[partition->entries[i]].verdict == IPMASQ_MASQUERADE)
			r = spans_add(&space->masqueraded, first, end);
	}
	return r;
}

static int take_own(struct space *space)
{
	int r = 0;

	for (size_t i = 0; i < space->destination_places.count && r == 0; i++) {
		const struct span *place = &space->destination_places.list[i];
		const struct nat_route *route = nat_view_route(
			space->nat, space->family, space->destinations.starts[place->first]);

		if (route && route->type == NAT_ADDRESS_LOCAL)
			r = spans_add(&space->own, place->first, place->end);
	}
	return r;
}

struct cuts {
	struct ipmasq_partition *sources;
	struct ipmasq_partition *destinations;
	struct atoms source_places;
	struct atoms destination_places;
};

static int settle(struct space *space, struct cuts *cuts)
{
	int r = cut_places(space, &space->sources, &space->destinations);

	if (r == 0)
		r = cut_places(space, &cuts->source_places, &cuts->destination_places);
	if (r == 0)
		r = atoms_settle(&space->sources);
	if (r == 0)
		r = atoms_settle(&space->destinations);
	if (r == 0)
		r = atoms_settle(&cuts->source_places);
	if (r == 0)
		r = atoms_settle(&cuts->destination_places);
	if (r == 0)
		r = spans_of_places(&space->sources, &cuts->source_places, &space->source_places);
	if (r == 0)
		r = spans_of_places(&space->destinations, &cuts->destination_places,
				    &space->destination_places);
	return r;
}

int space_begin(struct space *space, const struct ipmasq_nat *nat,
		const struct ipmasq_policy *policy, enum ipmasq_family family,
		const struct nat_base *bases, size_t count)
{
	const struct policy_family *f = policy_family(policy, family);
	struct cuts cuts = { 0 };
	int r;

	*space = (struct space){ .nat = nat, .family = family };
	r = partition_new_sources(policy, family, &cuts.sources);
	if (r == 0)
		r = partition_new_unindexed(policy, family, &cuts.destinations);
	/* These come first, since they are many and in order. */
	if (r == 0)
		r = cut_partition(&space->sources, cuts.sources);
	if (r == 0)
		r = cut_partition(&space->destinations, cuts.destinations);
	for (size_t i = 0; i < count && r == 0; i++)
		r = cut_base(space, &bases[i]);
	if (r == 0)
		r = settle(space, &cuts);
	if (r == 0)
		r = take_sources(space, f, cuts.sources);
	if (r == 0)
		r = take_destinations(space, f, cuts.destinations);
	if (r == 0)
		r = take_own(space);
	ipmasq_partition_free(cuts.sources);
	ipmasq_partition_free(cuts.destinations);
	atoms_release(&cuts.source_places);
	atoms_release(&cuts.destination_places);
	return r;
}

void space_release(struct space *space)
{
	atoms_release(&space->sources);
	atoms_release(&space->destinations);
	spans_release(&space->source_places);
	spans_release(&space->destination_places);
	spans_release(&space->common);
	spans_release(&space->excluded);
	spans_release(&space->masqueraded);
	spans_release(&space->own);
}

static void extent_release(struct extent *extent)
{
	spans_release(&extent->certain);
	spans_release(&extent->possible);
}

void reach_release(struct reach *reach)
{
	extent_release(&reach->sources);
	extent_release(&reach->destinations);
}

/* Adds atoms for which the match is @match. */
static int extent_add(struct extent *extent, enum nat_match match, uint32_t first, uint32_t end)
{
	int r = 0;

	if (match == NAT_YES)
		r = spans_add(&extent->certain, first, end);
	if (r == 0 && match != NAT_NO)
		r = spans_add(&extent->possible, first, end);
	return r;
}

/* Of a condition on an address. */
static int extent_of_set(const struct atoms *axis, const struct nat_condition *condition,
			 struct extent *extent)
{
	const struct ranges *ranges = &condition->set->ranges;
	enum nat_match inside = nat_match_inside(condition);
	enum nat_match outside = nat_match_outside(condition);
	uint32_t next = 0;
	int r = 0;

	for (size_t i = 0; i < ranges->count && r == 0; i++) {
		uint32_t first = atoms_find(axis, ranges->ranges[i].first);
		uint32_t end = atoms_find(axis, ranges->ranges[i].last) + 1;

		if (next < first)
			r = extent_add(extent, outside, next, first);
		if (r == 0)
			r = extent_add(extent, inside, first, end);
		next = end;
	}
	if (r == 0 && next < axis->count)
		r = extent_add(extent, outside, next, (uint32_t)axis->count);
	return r;
}

/* Of a condition that depends on where an address lies: it is asked once for each such place. */
static int extent_of_places(const struct space *space, const struct nat_condition *condition,
			    struct extent *extent)
{
	bool is_in = condition->kind == NAT_ON_IN_INTERFACE;
	const struct atoms *axis = is_in ? &space->sources : &space->destinations;
	const struct spans *places = is_in ? &space->source_places : &space->destination_places;
	struct nat_packet packet = { .family = space->family, .has_source = is_in };
	struct nat_place place;
	int r = 0;

	packet.place = &place;
	for (size_t i = 0; i < places->count && r == 0; i++) {
		struct addr start = axis->starts[places->list[i].first];

		if (is_in)
			packet.source = start;
		else
			packet.destination = start;
		nat_view_place(space->nat, &packet, &place);
		r = extent_add(extent, nat_condition_match(condition, &packet),
			       places->list[i].first, places->list[i].end);
	}
	return r;
}

static int extent_of(const struct space *space, const struct nat_condition *condition,
		     struct extent *extent)
{
	switch (condition->kind) {
	case NAT_ON_SOURCE:
		return extent_of_set(&space->sources, condition, extent);
	case NAT_ON_DESTINATION:
		return extent_of_set(&space->destinations, condition, extent);
	default:
		return extent_of_places(space, condition, extent);
	}
}

/* Leaves what is in both. */
static int restrict_spans(struct spans *spans, const struct spans *other)
{
	struct spans both = { 0 };
	int r = spans_both(spans, other, &both);

	spans_release(spans);
	*spans = both;
	return r;
}

static int extent_and(const struct space *space, const struct nat_condition *condition,
		      struct extent *extent)
{
	struct extent one = { 0 };
	int r = extent_of(space, condition, &one);

	if (r == 0)
		r = restrict_spans(&extent->certain, &one.certain);
	if (r == 0)
		r = restrict_spans(&extent->possible, &one.possible);
	extent_release(&one);
	return r;
}

static int extent_all(struct extent *extent, const struct atoms *axis)
{
	return extent_add(extent, NAT_YES, 0, (uint32_t)axis->count);
}

/* The axis on which a condition depends, or NULL: on none. */
static struct extent *extent_that_depends(const struct space *space, struct reach *reach,
					  const struct nat_condition *condition)
{
	switch (condition->kind) {
	case NAT_ON_SOURCE:
	case NAT_ON_DESTINATION:
		if (!condition->set || condition->set->family != space->family)
			return NULL;
		return is_source(condition) ? &reach->sources : &reach->destinations;
	case NAT_ON_IN_INTERFACE:
		return &reach->sources;
	case NAT_ON_OUT_INTERFACE:
	case NAT_ON_DESTINATION_TYPE:
		return &reach->destinations;
	default:
		return NULL;
	}
}

int space_reach(const struct space *space, const struct nat_rule *rule, struct reach *reach)
{
	/* No address, and no place: conditions that depend on these are not asked here. */
	const struct nat_packet packet = { .family = space->family,
					   .has_source = true,
					   .unmarked = space->unmarked };
	int r;

	*reach = (struct reach){ .others = NAT_YES };
	r = extent_all(&reach->sources, &space->sources);
	if (r == 0)
		r = extent_all(&reach->destinations, &space->destinations);
	for (size_t i = 0; i < rule->condition_count && r == 0; i++) {
		const struct nat_condition *condition = &rule->conditions[i];
		struct extent *extent = extent_that_depends(space, reach, condition);
		enum nat_match match;

		if (extent) {
			r = extent_and(space, condition, extent);
			continue;
		}
		match = nat_condition_match(condition, &packet);
		if (match == NAT_NO || reach->others == NAT_NO)
			reach->others = NAT_NO;
		else if (match == NAT_MAYBE)
			reach->others = NAT_MAYBE;
	}
	return r;
}
