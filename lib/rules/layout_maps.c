/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdict maps and short chains, for policies too large to walk from end to end for each new flow.
 *
 * They are made from the smallest set of prefixes that has the verdicts of the partition. While a
 * chain has more of them than a leaf may hold, it gets a map: the prefixes of one length become
 * elements, and longer ones go to the chain of their region, which is an element as well. What is
 * shorter, and so was not decided, stays behind for the next map, or as rules, inner before outer.
 * The verdict around them ends the chain. Nothing is ever expanded to a longer prefix. Small
 * regions in which the same verdict holds around the prefixes share a chain.
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
#include "rules/map_plan.h"
#include "rules/masquerade.h"

/* Stands for the first chain of destinations, until that is there. */
#define CHAIN_OF_PODS UINT32_MAX

struct maps {
	struct ipmasq_ruleset *ruleset;
	/* The chains are those of sources. */
	bool by_source;
	/* The chain that masquerades, for elements of maps, and for --to-ports; 0: not there yet.
	 */
	uint32_t masquerade;
};

/* A part of the prefixes that is to become a chain, or the rest of one. */
struct stock {
	struct minimal_prefix *prefixes;
	size_t count;
	/* Of the destination, or the source: how many first bits all packets that arrive share. */
	unsigned int settled;
	/* The verdict where no prefix decides. */
	enum ipmasq_verdict verdict;
	/* How many more maps there may be on a path. */
	unsigned int maps;
	/* How many rules a packet has met since the last map. */
	size_t ahead;
};

/* An element of a map, with the longer prefixes inside it. */
struct element {
	struct prefix prefix;
	/* Of the element where it is a prefix of the set, else RULE_NO_ENTRY. */
	uint32_t entry;
	/* That holds around the longer ones. */
	uint8_t verdict;
	/* A run of the prefixes that were taken out. */
	size_t begin;
	size_t count;
	/* Where these go; 0: not settled. */
	uint32_t chain;
};

struct division {
	struct element *elements;
	size_t count;
	/* The prefixes that are longer than the element that has them. */
	struct minimal_prefix *inside;
	size_t inside_count;
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

/* A rule that matches the prefix, and returns. */
static struct rule rule_for(const struct maps *m, const struct prefix *prefix)
{
	struct rule rule = rule_any(m->ruleset->family);

	if (m->by_source)
		rule.src = *prefix;
	else
		rule.dst = *prefix;
	return rule;
}

static int add_verdict(struct maps *m, uint32_t chain, const struct prefix *prefix, uint8_t verdict,
		       uint32_t entry)
{
	struct rule rule = rule_for(m, prefix);
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
static bool has_inner(const struct stock *stock, size_t index)
{
	return index + 1 < stock->count &&
	       prefix_covers(&stock->prefixes[index].prefix, &stock->prefixes[index + 1].prefix);
}

/*
 * Inner before outer, so that the longest prefix matches first; of those that may be next the one
 * with the most addresses. Takes the prefixes out.
 */
static int write_rules(struct maps *m, uint32_t chain, struct stock *stock)
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

static void division_release(struct division *division)
{
	free(division->elements);
	free(division->inside);
}

static struct prefix region_of(const struct prefix *prefix, unsigned int bits)
{
	const struct addr mask = addr_mask(bits);

	return (struct prefix){
		.addr = { prefix->addr.hi & mask.hi, prefix->addr.lo & mask.lo },
		.len = (uint8_t)bits,
		.family = prefix->family,
	};
}

/* The prefixes around the present one that are kept, outermost first. */
struct around {
	const struct minimal_prefix *prefixes[129];
	size_t count;
};

static void leave_prefixes(struct around *around, const struct prefix *prefix)
{
	while (around->count > 0 &&
	       !prefix_covers(&around->prefixes[around->count - 1]->prefix, prefix))
		around->count--;
}

static struct element new_element(const struct minimal_prefix *first, unsigned int bits,
				  const struct around *around, enum ipmasq_verdict verdict)
{
	struct element element = { .prefix = region_of(&first->prefix, bits),
				   .entry = RULE_NO_ENTRY };

	if (first->prefix.len == bits) {
		element.entry = first->entry;
		element.verdict = first->verdict;
	} else if (around->count > 0) {
		element.verdict = around->prefixes[around->count - 1]->verdict;
	} else {
		element.verdict = (uint8_t)verdict;
	}
	return element;
}

/*
 * Takes the elements of a map out of the prefixes, which are in order, so that those of a region
 * are side by side; what is kept closes ranks.
 */
static void take_elements(struct stock *stock, const struct map_plan *plan, struct division *out)
{
	struct element *last = NULL;
	struct around around = { .count = 0 };
	size_t kept = 0;

	for (size_t i = 0; i < stock->count; i++) {
		const struct minimal_prefix prefix = stock->prefixes[i];
		bool own = prefix.prefix.len == plan->bits;

		leave_prefixes(&around, &prefix.prefix);
		if (!last || !prefix_covers(&last->prefix, &prefix.prefix)) {
			if (prefix.prefix.len < plan->bits || (plan->exact && !own)) {
				stock->prefixes[kept] = prefix;
				around.prefixes[around.count++] = &stock->prefixes[kept++];
				continue;
			}
			last = &out->elements[out->count++];
			*last = new_element(&prefix, plan->bits, &around, stock->verdict);
			last->begin = out->inside_count;
		}
		if (own)
			continue;
		last->count++;
		out->inside[out->inside_count++] = prefix;
	}
	stock->count = kept;
}

static int divide(struct stock *stock, const struct map_plan *plan, struct division *out)
{
	*out = (struct division){ 0 };
	out->elements = malloc(stock->count * sizeof(*out->elements));
	out->inside = malloc(stock->count * sizeof(*out->inside));
	if (!out->elements || !out->inside)
		return -ENOMEM;
	take_elements(stock, plan, out);
	return 0;
}

/* The elements whose prefixes may share chains, by how many they have; linked through `chain`. */
struct shelf {
	uint32_t first[MAP_LEAF + 1];
};

#define SHELF_END UINT32_MAX

/* Takes an element with at most @room prefixes, as many as possible. SHELF_END: there is none. */
static uint32_t shelf_take(struct shelf *shelf, const struct division *division, size_t room)
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
static int share_chains(struct maps *m, struct division *division, enum ipmasq_verdict verdict)
{
	struct shelf shelf;
	uint32_t index;

	memset(&shelf, 0xff, sizeof(shelf));
	for (size_t i = division->count; i-- > 0;) {
		struct element *element = &division->elements[i];

		if (element->count == 0 || element->count > MAP_LEAF || element->verdict != verdict)
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

/* A single element is cheaper as a rule. */
static bool is_map(const struct division *division)
{
	return division->count > 1;
}

static int write_elements(struct maps *m, uint32_t chain, const struct division *division)
{
	int r = 0;

	for (size_t i = 0; i < division->count && r == 0; i++) {
		const struct element *element = &division->elements[i];
		struct rule rule = rule_for(m, &element->prefix);

		rule.entry = element->entry;
		rule.in_map = is_map(division);
		if (element->count > 0) {
			rule.target = TARGET_GOTO;
			rule.chain = element->chain;
		} else if (element->verdict == IPMASQ_MASQUERADE) {
			r = lead_to_masquerade(m, &rule);
		}
		if (r == 0)
			r = chain_add_rule(&m->ruleset->chains[chain], &rule);
	}
	return r;
}

static int build(struct maps *m, uint32_t chain, struct stock *stock);

/* Writes the chains of the elements, whether shared or not. @left: what the division left. */
static int write_inside(struct maps *m, const struct division *division, const struct stock *left)
{
	int r = 0;

	for (size_t i = 0; i < division->count && r == 0; i++) {
		const struct element *element = &division->elements[i];
		struct stock stock = {
			.prefixes = division->inside + element->begin,
			.count = element->count,
			.settled = element->prefix.len,
			.verdict = (enum ipmasq_verdict)element->verdict,
			.maps = left->maps,
			.ahead = left->ahead,
		};

		if (element->count == 0)
			continue;
		r = element->count > MAP_LEAF || !is_map(division)
			    ? build(m, element->chain, &stock)
			    : write_rules(m, element->chain, &stock);
	}
	return r;
}

static int write_map(struct maps *m, uint32_t chain, struct division *division,
		     const struct stock *left)
{
	uint32_t first = (uint32_t)m->ruleset->count;
	uint32_t last = first;
	int r = 0;

	if (is_map(division)) {
		r = share_chains(m, division, IPMASQ_MASQUERADE);
		last = (uint32_t)m->ruleset->count;
		if (r == 0)
			r = share_chains(m, division, IPMASQ_RETURN);
	}
	for (size_t i = 0; i < division->count && r == 0; i++)
		if (division->elements[i].count > MAP_LEAF ||
		    (division->elements[i].count > 0 && !is_map(division)))
			r = add_sub_chain(m, &division->elements[i].chain);
	if (r == 0)
		r = write_elements(m, chain, division);
	if (r == 0)
		r = write_inside(m, division, left);
	/* A chain that is shared ends behind the rules of its last element. */
	for (; first < last && r == 0; first++)
		r = write_end(m, first, IPMASQ_MASQUERADE);
	return r;
}

/* Writes the chain of some prefixes. */
static int build(struct maps *m, uint32_t chain, struct stock *stock)
{
	int r = 0;

	while (stock->count + stock->ahead > MAP_LEAF && stock->maps > 0 && r == 0) {
		const struct map_part part = { stock->prefixes, stock->count, stock->settled,
					       stock->verdict == IPMASQ_MASQUERADE };
		struct division division;
		struct map_plan plan;

		/* One more, once. */
		if (!map_plan_choose(&part, stock->maps, &plan) && stock->maps == MAPS_MAX)
			map_plan_choose(&part, ++stock->maps, &plan);
		stock->maps--;
		r = divide(stock, &plan, &division);
		stock->ahead = is_map(&division) ? 0 : stock->ahead + 1;
		if (r == 0)
			r = write_map(m, chain, &division, stock);
		division_release(&division);
	}
	if (r == 0)
		r = write_rules(m, chain, stock);
	return r < 0 ? r : write_end(m, chain, stock->verdict);
}

/* Writes the chain of the prefixes within a range, which a rule in front leads to. */
static int build_front(struct maps *m, uint32_t chain, const struct stock *all,
		       const struct prefix *front, size_t *begin)
{
	struct stock stock = *all;
	struct rule rule = rule_for(m, front);
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
	struct stock stock = {
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

/* Without podCIDRs, sources come first: single pods, or ranges of them, which return. */
static int add_sources(struct maps *m)
{
	struct ipmasq_ruleset *ruleset = m->ruleset;
	const struct policy_family *f = policy_family(ruleset->policy, ruleset->family);
	int r = 0;

	for (size_t i = 0; i < f->source_count && r == 0; i++) {
		struct rule rule = rule_any(ruleset->family);

		rule.src = f->entries[i].prefix;
		rule.entry = (uint32_t)i;
		r = chain_add_rule(&ruleset->chains[0], &rule);
	}
	return r;
}

/* Adds the first chain of the destinations, and leads those of the sources there. */
static int add_pods_chain(struct maps *m)
{
	struct ipmasq_ruleset *ruleset = m->ruleset;
	int r = add_named(m, "pods", &ruleset->pods);

	for (size_t i = 0; i < ruleset->count && r == 0; i++) {
		struct chain *chain = &ruleset->chains[i];

		for (size_t k = 0; k < chain->count; k++)
			if (chain->rules[k].chain == CHAIN_OF_PODS)
				chain->rules[k].chain = ruleset->pods;
	}
	return r;
}

/* Whether a set has one verdict for everything, that one. */
static bool is_uniform(const struct minimal_set *set, enum ipmasq_verdict verdict)
{
	return set->count == 1 && set->prefixes[0].verdict == verdict;
}

/* Chains of sources, which lead to those of destinations. */
static int build_by_source(struct maps *m, const struct minimal_set *sources,
			   const struct minimal_set *set)
{
	int r;

	if (is_uniform(sources, IPMASQ_RETURN) || is_uniform(set, IPMASQ_RETURN))
		return 0;
	if (is_uniform(sources, IPMASQ_MASQUERADE))
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
	r = add_sources(m);
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
