/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdict maps and short chains, for policies too large to walk from end to end for each new flow.
 *
 * They are made from the smallest set of prefixes that has the verdicts of the partition. While a
 * chain has more of them than a leaf may hold, it gets a map: the prefixes of one length become
 * elements, and longer ones go to the chain of their region, which is an element as well. What is
 * shorter, and so was not decided, stays behind for the next map, or as rules, inner before outer.
 * The verdict around them ends the chain. Nothing is ever expanded to a longer prefix. Small
 * regions in which the same verdict holds around the prefixes share chains: those with the same few
 * lengths a chain with a map for each, any others one of rules.
 *
 * In the model a map is a run of rules of one length, marked as such. There is no way back from a
 * goto, so each chain ends the decision itself.
 *
 * With podCIDRs there are two such structures, one after the other. The first is one of sources,
 * from the smallest set of prefixes that tells which are the policy's: these go to the first chain
 * of the second.
 */
#include "rules/layout_maps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/chain_name.h"
#include "rules/layout_sources.h"
#include "rules/map_division.h"
#include "rules/map_groups.h"
#include "rules/masquerade.h"

struct maps {
	struct ipmasq_ruleset *ruleset;
	/* The chains are those of sources. */
	bool by_source;
	/* The chain that masquerades, for elements of maps, and for --to-ports; 0: not there yet.
	 */
	uint32_t masquerade;
};

static int add_named(struct maps *m, const char *what, uint32_t *index)
{
	char name[CHAIN_NAME_MAX + 1];

	chain_sub_name(m->ruleset->policy->chain, m->ruleset->generation, what, name);
	return ruleset_add_chain(m->ruleset, name, strlen(name), index);
}

/* Both generations are there only while one replaces the other, so numbers are good names. */
static int add_sub_chain(struct maps *m, uint32_t *index)
{
	char what[16];

	snprintf(what, sizeof(what), "%zu", m->ruleset->count);
	return add_named(m, what, index);
}

static int need_masquerade_chain(struct maps *m)
{
	struct rule any = rule_any(m->ruleset->family);
	int r;

	if (m->masquerade)
		return 0;
	r = add_named(m, "masq", &m->masquerade);
	return r < 0 ? r : add_masquerade(m->ruleset, &m->ruleset->chains[m->masquerade], &any);
}

/* What a prefix with MASQUERADE becomes in a map, or with --to-ports as a rule: a goto. */
static int lead_to_masquerade(struct maps *m, struct rule *rule)
{
	int r = m->by_source ? 0 : need_masquerade_chain(m);

	rule->target = TARGET_GOTO;
	rule->chain = m->by_source ? CHAIN_OF_PODS : m->masquerade;
	return r;
}

static int add_verdict(struct maps *m, uint32_t chain, const struct prefix *prefix, uint8_t verdict,
		       uint32_t entry)
{
	struct rule rule = rule_for_prefix(prefix, m->by_source);
	int r = 0;

	rule.entry = entry;
	if (verdict == IPMASQ_MASQUERADE) {
		if (!m->by_source && m->ruleset->policy->port_count == 0)
			return add_masquerade(m->ruleset, &m->ruleset->chains[chain], &rule);
		r = lead_to_masquerade(m, &rule);
	}
	return r < 0 ? r : chain_add_rule(&m->ruleset->chains[chain], &rule);
}

/* Whether one of the prefixes lies inside number @index. */
static bool has_inner(const struct map_stock *stock, size_t index)
{
	return index + 1 < stock->count &&
	       prefix_covers(&stock->prefixes[index].prefix, &stock->prefixes[index + 1].prefix);
}

/*
 * Inner before outer, so that the longest prefix matches first; of those that may be next the one
 * with the most addresses. Takes the prefixes out.
 */
static int write_rules(struct maps *m, uint32_t chain, struct map_stock *stock)
{
	int r = 0;

	while (stock->count > 0 && r == 0) {
		struct minimal_prefix next;
		size_t best = stock->count;

		for (size_t i = 0; i < stock->count; i++)
			if (!has_inner(stock, i) &&
			    (best == stock->count ||
			     stock->prefixes[i].prefix.len < stock->prefixes[best].prefix.len))
				best = i;
		next = stock->prefixes[best];
		stock->count--;
		memmove(&stock->prefixes[best], &stock->prefixes[best + 1],
			(stock->count - best) * sizeof(next));
		r = add_verdict(m, chain, &next.prefix, next.verdict, next.entry);
	}
	return r;
}

/* Falling off the end returns. */
static int write_end(struct maps *m, uint32_t chain, enum ipmasq_verdict verdict)
{
	const struct prefix everything = { .family = (uint8_t)m->ruleset->family };

	if (verdict == IPMASQ_RETURN)
		return 0;
	return add_verdict(m, chain, &everything, (uint8_t)verdict, RULE_NO_ENTRY);
}

/* Gives each group a chain of its own. */
static int add_group_chains(struct maps *m, struct map_division *division,
			    struct map_groups *groups)
{
	int r = 0;

	for (size_t i = 0; i < groups->count && r == 0; i++) {
		struct map_group *group = &groups->list[i];

		r = add_sub_chain(m, &group->chain);
		for (size_t k = 0; k < group->count && r == 0; k++) {
			struct map_element *element =
				&division->elements[groups->order[group->begin + k]];

			element->chain = group->chain;
			element->grouped = true;
		}
	}
	return r;
}

/* The elements whose prefixes may share chains, by how many they have; linked through `chain`. */
struct shelf {
	uint32_t first[MAP_LEAF + 1];
};

#define SHELF_END UINT32_MAX

/* Takes an element with at most @room prefixes, as many as possible. SHELF_END: there is none. */
static uint32_t shelf_take(struct shelf *shelf, const struct map_division *division, size_t room)
{
	for (size_t size = room; size > 0; size--) {
		uint32_t index = shelf->first[size];

		if (index == SHELF_END)
			continue;
		shelf->first[size] = division->elements[index].chain;
		return index;
	}
	return SHELF_END;
}

/* Gives chains to the small elements with a verdict, fullest first, as few as fit. */
static int share_chains(struct maps *m, struct map_division *division, enum ipmasq_verdict verdict)
{
	struct shelf shelf;
	uint32_t index;

	memset(&shelf, 0xff, sizeof(shelf));
	for (size_t i = division->count; i-- > 0;) {
		struct map_element *element = &division->elements[i];

		if (element->count == 0 || element->count > MAP_LEAF || element->grouped ||
		    element->verdict != verdict)
			continue;
		element->chain = shelf.first[element->count];
		shelf.first[element->count] = (uint32_t)i;
	}
	while ((index = shelf_take(&shelf, division, MAP_LEAF)) != SHELF_END) {
		size_t room = MAP_LEAF;
		uint32_t chain;
		int r = add_sub_chain(m, &chain);

		if (r < 0)
			return r;
		for (; index != SHELF_END; index = shelf_take(&shelf, division, room)) {
			division->elements[index].chain = chain;
			room -= division->elements[index].count;
		}
	}
	return 0;
}

static int add_element(struct maps *m, uint32_t chain, struct rule *rule, uint8_t verdict)
{
	int r = 0;

	if (rule->target != TARGET_GOTO && verdict == IPMASQ_MASQUERADE)
		r = lead_to_masquerade(m, rule);
	return r < 0 ? r : chain_add_rule(&m->ruleset->chains[chain], rule);
}

static int write_elements(struct maps *m, uint32_t chain, const struct map_division *division)
{
	int r = 0;

	for (size_t i = 0; i < division->count && r == 0; i++) {
		const struct map_element *element = &division->elements[i];
		struct rule rule = rule_for_prefix(&element->prefix, m->by_source);

		rule.entry = element->entry;
		rule.in_map = map_division_is_map(division);
		if (element->count > 0) {
			rule.target = TARGET_GOTO;
			rule.chain = element->chain;
		}
		r = add_element(m, chain, &rule, element->verdict);
	}
	return r;
}

/* Writes the prefixes of one length that a group has as a map. */
static int write_group_map(struct maps *m, const struct map_division *division,
			   const struct map_groups *groups, const struct map_group *group,
			   uint8_t length)
{
	int r = 0;

	for (size_t i = 0; i < group->count; i++) {
		const struct map_element *element =
			&division->elements[groups->order[group->begin + i]];
		const struct minimal_prefix *inside = &division->inside[element->begin];

		for (size_t k = 0; k < element->count && r == 0; k++) {
			struct rule rule = rule_for_prefix(&inside[k].prefix, m->by_source);

			if (inside[k].prefix.len != length)
				continue;
			rule.entry = inside[k].entry;
			rule.in_map = true;
			r = add_element(m, group->chain, &rule, inside[k].verdict);
		}
	}
	return r;
}

/* The longest prefixes come first, so that they match before those around them. */
static int write_groups(struct maps *m, const struct map_division *division,
			const struct map_groups *groups)
{
	int r = 0;

	for (size_t i = 0; i < groups->count && r == 0; i++) {
		const struct map_group *group = &groups->list[i];
		uint32_t first = groups->order[group->begin];

		for (size_t k = 0; k < group->length_count && r == 0; k++)
			r = write_group_map(m, division, groups, group, group->lengths[k]);
		if (r == 0)
			r = write_end(m, group->chain,
				      (enum ipmasq_verdict)division->elements[first].verdict);
	}
	return r;
}

static int build(struct maps *m, uint32_t chain, struct map_stock *stock);

/* Writes the chains of the elements, whether shared or not. @left: what the division left. */
static int write_inside(struct maps *m, const struct map_division *division,
			const struct map_stock *left)
{
	int r = 0;

	for (size_t i = 0; i < division->count && r == 0; i++) {
		const struct map_element *element = &division->elements[i];
		struct map_stock stock = {
			.prefixes = division->inside + element->begin,
			.count = element->count,
			.settled = element->prefix.len,
			.verdict = (enum ipmasq_verdict)element->verdict,
			.maps = left->maps,
			.ahead = left->ahead,
		};

		if (element->count == 0 || element->grouped)
			continue;
		r = element->count > MAP_LEAF || !map_division_is_map(division)
			    ? build(m, element->chain, &stock)
			    : write_rules(m, element->chain, &stock);
	}
	return r;
}

static int write_map(struct maps *m, uint32_t chain, struct map_division *division,
		     const struct map_stock *left)
{
	CLEANUP(map_groups_release) struct map_groups groups = { .count = 0 };
	int r = map_groups_find(division, left->maps, &groups);
	uint32_t first;
	uint32_t last;

	if (r == 0)
		r = add_group_chains(m, division, &groups);
	first = (uint32_t)m->ruleset->count;
	last = first;
	if (r == 0 && map_division_is_map(division)) {
		r = share_chains(m, division, IPMASQ_MASQUERADE);
		last = (uint32_t)m->ruleset->count;
		if (r == 0)
			r = share_chains(m, division, IPMASQ_RETURN);
	}
	for (size_t i = 0; i < division->count && r == 0; i++)
		if (division->elements[i].count > MAP_LEAF ||
		    (division->elements[i].count > 0 && !map_division_is_map(division)))
			r = add_sub_chain(m, &division->elements[i].chain);
	if (r == 0)
		r = write_elements(m, chain, division);
	if (r == 0)
		r = write_inside(m, division, left);
	if (r == 0)
		r = write_groups(m, division, &groups);
	/* A chain that is shared ends behind the rules of its last element. */
	for (; first < last && r == 0; first++)
		r = write_end(m, first, IPMASQ_MASQUERADE);
	return r;
}

/* Writes the chain of some prefixes. */
static int build(struct maps *m, uint32_t chain, struct map_stock *stock)
{
	int r = 0;

	while (stock->count + stock->ahead > MAP_LEAF && stock->maps > 0 && r == 0) {
		const struct map_part part = { stock->prefixes, stock->count, stock->settled,
					       stock->verdict == IPMASQ_MASQUERADE };
		struct map_division division;
		struct map_plan plan;

		/* One more, once. */
		if (!map_plan_choose(&part, stock->maps, &plan) && stock->maps == MAPS_MAX)
			map_plan_choose(&part, ++stock->maps, &plan);
		stock->maps--;
		r = map_divide(stock, &plan, &division);
		stock->ahead = map_division_is_map(&division) ? 0 : stock->ahead + 1;
		if (r == 0)
			r = write_map(m, chain, &division, stock);
		map_division_release(&division);
	}
	if (r == 0)
		r = write_rules(m, chain, stock);
	return r < 0 ? r : write_end(m, chain, stock->verdict);
}

/* Writes the chain of the prefixes within a range, which a rule in front leads to. */
static int build_front(struct maps *m, uint32_t chain, const struct map_stock *all,
		       const struct prefix *front, size_t *begin)
{
	struct map_stock stock = *all;
	struct rule rule = rule_for_prefix(front, m->by_source);
	int r;

	stock.prefixes += *begin;
	stock.count = 0;
	while (*begin < all->count && prefix_covers(front, &all->prefixes[*begin].prefix)) {
		stock.count++;
		++*begin;
	}
	stock.settled = front->len;
	/* A prefix that is the range itself decides where no other one inside does. */
	if (stock.prefixes[0].prefix.len == front->len) {
		stock.verdict = (enum ipmasq_verdict)stock.prefixes[0].verdict;
		rule.entry = stock.prefixes[0].entry;
		stock.prefixes++;
		stock.count--;
	}
	if (stock.count == 0)
		return add_verdict(m, chain, front, (uint8_t)stock.verdict, rule.entry);
	r = add_sub_chain(m, &rule.chain);
	rule.target = TARGET_GOTO;
	if (r == 0)
		r = chain_add_rule(&m->ruleset->chains[chain], &rule);
	return r < 0 ? r : build(m, rule.chain, &stock);
}

/* Writes the chains of a set from @chain on. */
static int build_set(struct maps *m, uint32_t chain, const struct minimal_set *set)
{
	/* The first prefix of a minimal set is the whole space. */
	struct map_stock stock = {
		.prefixes = set->prefixes + 1,
		.count = set->count - 1,
		.verdict = (enum ipmasq_verdict)set->prefixes[0].verdict,
		.maps = MAPS_MAX,
	};
	const struct map_part part = { stock.prefixes, stock.count, 0, false };
	struct prefix fronts[MAP_FRONTS];
	size_t begin = 0;
	size_t count;
	int r = 0;

	count = stock.count > MAP_LEAF ? map_fronts(&part, fronts) : 0;
	if (count == 0)
		return build(m, chain, &stock);
	for (size_t i = 0; i < count && r == 0; i++)
		r = build_front(m, chain, &stock, &fronts[i], &begin);
	return r < 0 ? r : write_end(m, chain, stock.verdict);
}

/* Adds the first chain of the destinations, and leads those of the sources there. */
static int add_pods_chain(struct maps *m)
{
	struct ipmasq_ruleset *ruleset = m->ruleset;
	int r = add_named(m, "pods", &ruleset->pods);

	if (r == 0)
		lead_to_pods(ruleset);
	return r;
}

/* Chains of sources, which lead to those of destinations. */
static int build_by_source(struct maps *m, const struct minimal_set *sources,
			   const struct minimal_set *set)
{
	int r;

	if (minimal_set_is(sources, IPMASQ_RETURN) || minimal_set_is(set, IPMASQ_RETURN))
		return 0;
	if (minimal_set_is(sources, IPMASQ_MASQUERADE))
		return build_set(m, 0, set);
	m->by_source = true;
	r = build_set(m, 0, sources);
	m->by_source = false;
	if (r == 0)
		r = add_pods_chain(m);
	return r < 0 ? r : build_set(m, m->ruleset->pods, set);
}

/* The prefixes of sources whose destinations decide, and of those outside of podCIDRs, come from no
 * entry that has a CIDR. */
static void forget_entries(struct minimal_set *sources, const struct policy_family *f)
{
	for (size_t i = 0; i < sources->count; i++)
		if (sources->prefixes[i].entry < policy_first_source(f) ||
		    sources->prefixes[i].entry >= f->source_count)
			sources->prefixes[i].entry = RULE_NO_ENTRY;
}

static int build_all(struct maps *m, struct minimal_set *sources, const struct minimal_set *set)
{
	int r = chain_add_first(m->ruleset);

	if (r < 0)
		return r;
	if (sources->count > 0)
		return build_by_source(m, sources, set);
	r = add_source_rules(m->ruleset);
	return r < 0 ? r : build_set(m, 0, set);
}

int layout_maps(struct ipmasq_ruleset *ruleset)
{
	const struct policy_family *f = policy_family(ruleset->policy, ruleset->family);
	struct maps maps = { .ruleset = ruleset };
	struct minimal_set sources = { 0 };
	struct minimal_set set = { 0 };
	int r = minimise_policy(ruleset->policy, ruleset->family, false, true, &set);

	/* A few sources that return are rules, in their order. */
	if (r == 0 && (f->pod_count > 0 || f->source_count > MAP_LEAF))
		r = minimise_policy(ruleset->policy, ruleset->family, true, true, &sources);
	if (r == 0) {
		forget_entries(&sources, f);
		r = build_all(&maps, &sources, &set);
	}
	minimal_set_release(&sources);
	minimal_set_release(&set);
	return r;
}
