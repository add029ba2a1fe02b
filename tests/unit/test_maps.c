/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdict maps and short chains: they have the verdicts of the policy, and a packet meets few of
 * them. `make bench` measures what they cost; here their numbers are checked, which are the same in
 * each run.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/compile.h"
#include "rules/map_plan.h"
#include "rules/nft_form.h"
#include "rules/proof.h"
#include "sim/oracle.h"
#include "support/prefix_sets.h"
#include "support/unit.h"

static struct ipmasq_ruleset *maps_of(struct ipmasq_policy *policy, enum ipmasq_family family)
{
	struct ipmasq_ruleset *ruleset = NULL;

	policy->layout = IPMASQ_LAYOUT_MAPS;
	if (ruleset_build(policy, family, IPMASQ_NFTABLES, 'a', &ruleset) < 0)
		return NULL;
	return ruleset;
}

/* What a packet meets. */
struct walk {
	/* Rules before the first map. */
	unsigned int front;
	unsigned int maps;
	/* Rules with a condition, after the last map. */
	unsigned int behind;
	unsigned int chains;
};

static bool matches(const struct rule *rule, struct addr address)
{
	return prefix_has(&rule->dst, address);
}

static const struct rule *find_match(const struct nft_item *item, struct addr address)
{
	size_t low = 0;
	size_t high = item->count;

	/* Elements are in ascending order. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (addr_compare(item->rules[middle].dst.addr, address) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && matches(&item->rules[low - 1], address) ? &item->rules[low - 1] : NULL;
}

/* Whether a rule goes to a part of the prefixes. */
static bool is_division(const struct ipmasq_ruleset *ruleset, const struct nft_item *item)
{
	const struct rule *rule = item->rules;

	return rule->target == TARGET_GOTO && rule->dst.len > 0 &&
	       strstr(ruleset->chains[rule->chain].name, "masq") == NULL;
}

static void meet(const struct ipmasq_ruleset *ruleset, const struct chain *chain,
		 const struct nft_item *item, struct walk *walk)
{
	if (item->key.size > 0) {
		walk->maps++;
		walk->behind = 0;
	} else if (is_division(ruleset, item)) {
		/* A map of one element is written as a rule, except those in front. */
		if (chain == ruleset->chains && walk->maps == 0)
			walk->front++;
		else
			walk->maps++;
	} else if (item->rules->dst.len > 0) {
		walk->behind++;
	}
}

static struct walk walk_maps(const struct ipmasq_ruleset *ruleset, struct addr address)
{
	const struct chain *chain = &ruleset->chains[0];
	struct walk walk = { .chains = 1 };
	struct nft_item item;
	size_t at = 0;

	while (nft_item_next(chain, &at, &item)) {
		const struct rule *match = find_match(&item, address);

		meet(ruleset, chain, &item, &walk);
		if (!match)
			continue;
		if (match->target != TARGET_GOTO)
			break;
		chain = &ruleset->chains[match->chain];
		walk.chains++;
		at = 0;
	}
	return walk;
}

struct counts {
	size_t entries;
	size_t prefixes;
	size_t rules;
	size_t chains;
	/* The worst of each. */
	struct walk worst;
	/* Behind fewer maps than may be. */
	unsigned int behind_early;
	/* The mean of any addresses. */
	double maps;
	double behind;
};

static void take(struct counts *counts, const struct walk *walk, unsigned int maps)
{
	struct walk *worst = &counts->worst;

	worst->front = walk->front > worst->front ? walk->front : worst->front;
	worst->maps = walk->maps > worst->maps ? walk->maps : worst->maps;
	worst->behind = walk->behind > worst->behind ? walk->behind : worst->behind;
	worst->chains = walk->chains > worst->chains ? walk->chains : worst->chains;
	if (walk->maps < maps && walk->behind > counts->behind_early)
		counts->behind_early = walk->behind;
}

static struct addr any_address(enum ipmasq_family family, struct random *random)
{
	uint64_t word = set_address(random);

	if (family == IPMASQ_IPV4)
		return (struct addr){ word << 32, 0 };
	return (struct addr){ 0x20010db800000000 | word, (uint64_t)set_address(random) << 32 };
}

static struct counts count_maps(const struct ipmasq_ruleset *ruleset, const struct minimal_set *set)
{
	struct counts counts = {
		.prefixes = set->count - 1,
		.rules = ruleset_rule_count(ruleset),
		.chains = ruleset->count,
	};
	struct random random = { 44 };

	for (unsigned int i = 0; i < 20000; i++) {
		struct walk walk = walk_maps(ruleset, any_address(ruleset->family, &random));

		take(&counts, &walk, MAPS_MAX);
		counts.maps += walk.maps / 20000.0;
		counts.behind += (walk.front + walk.behind) / 20000.0;
	}
	/* The longest paths end at the prefixes and just before them. */
	for (size_t i = 0; i < set->count; i++) {
		struct walk at = walk_maps(ruleset, set->prefixes[i].prefix.addr);
		struct walk before =
			walk_maps(ruleset, addr_previous(set->prefixes[i].prefix.addr));

		take(&counts, &at, MAPS_MAX);
		take(&counts, &before, MAPS_MAX);
	}
	return counts;
}

static void check_counts(enum set_kind kind, size_t entries, enum ipmasq_family family)
{
	struct ipmasq_policy *policy = set_policy(kind, entries, family, entries + kind);
	struct ipmasq_ruleset *maps = policy ? maps_of(policy, family) : NULL;
	struct minimal_set set = { 0 };
	struct counts counts;
	char what[200];

	if (!CHECK(maps != NULL, "maps") ||
	    !CHECK(minimise_policy(policy, family, false, false, &set) == 0, "set"))
		return;
	counts = count_maps(maps, &set);
	snprintf(
		what, sizeof(what),
		"%s, IPv%u, %zu entries: %zu prefixes, %.2f maps and %.2f rules, worst %u, %u, %u; "
		"%zu rules and elements (%.3f), %zu chains",
		set_kind_names[kind], family, entries, counts.prefixes, counts.maps, counts.behind,
		counts.worst.front, counts.worst.maps, counts.worst.behind, counts.rules,
		(double)counts.rules / (double)entries, counts.chains);
	if (getenv("MAPS_SHOW"))
		puts(what);
	CHECK(counts.worst.front <= MAP_FRONTS, what);
	CHECK(counts.worst.maps <= MAPS_MAX, what);
	CHECK(counts.worst.behind <= MAP_LAST_LEAF, what);
	CHECK(counts.behind_early <= MAP_LEAF, what);
	/* The ends of the first chains weigh in small sets. */
	CHECK((double)counts.rules <= 1.3 * (double)entries + (entries < 256 ? 10 : 0), what);
	CHECK(proof_check(maps, maps->count, policy, maps->random_fully, NULL) == 0, what);
	minimal_set_release(&set);
	ipmasq_ruleset_free(maps);
	ipmasq_policy_free(policy);
}

static void test_counts(void)
{
	static const size_t sizes[] = { 20, 64, 256, 1000, 4000, 10000, 50000 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (enum set_kind kind = 0; kind < SET_KINDS; kind++) {
			check_counts(kind, sizes[i], IPMASQ_IPV4);
			check_counts(kind, sizes[i], IPMASQ_IPV6);
		}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "few maps on a path, few rules behind", test_counts },
	};

	return unit_main("maps", tests, ARRAY_SIZE(tests));
}
