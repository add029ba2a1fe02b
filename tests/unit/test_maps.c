/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdict maps and short chains: they have the verdicts of the policy, and a packet meets few of
 * them. `make bench` measures what they cost; here their numbers are checked, which are the same in
 * each run.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/compile.h"
#include "rules/map_groups.h"
#include "rules/nft_form.h"
#include "rules/proof.h"
#include "rules/verdict.h"
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
	/* Elements of maps, and rules. */
	size_t elements;
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

static size_t count_elements(const struct ipmasq_ruleset *ruleset)
{
	size_t count = 0;

	for (size_t i = 0; i < ruleset->count; i++) {
		const struct chain *chain = &ruleset->chains[i];

		for (size_t k = 0; k < chain->count; k++)
			count += chain->rules[k].in_map;
	}
	return count;
}

/*
 * How many elements and rules a kernel looks at that goes through a chain again for each element
 * that leads to it.
 */
static size_t validated(const struct ipmasq_ruleset *ruleset)
{
	size_t count = 0;

	for (size_t i = 0; i < ruleset->count; i++)
		for (size_t k = 0; k < ruleset->chains[i].count; k++) {
			const struct rule *rule = &ruleset->chains[i].rules[k];

			if (rule->target == TARGET_GOTO)
				count += ruleset->chains[rule->chain].count;
		}
	return count;
}

static struct counts count_maps(const struct ipmasq_ruleset *ruleset, const struct minimal_set *set)
{
	struct counts counts = {
		.prefixes = set->count - 1,
		.elements = count_elements(ruleset),
		.chains = ruleset->count,
	};
	struct random random = { 44 };

	counts.rules = ruleset_rule_count(ruleset) - counts.elements;
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
		"%zu elements, %zu rules, %zu chains",
		set_kind_names[kind], family, entries, counts.prefixes, counts.maps, counts.behind,
		counts.worst.front, counts.worst.maps, counts.worst.behind, counts.elements,
		counts.rules, counts.chains);
	CHECK(counts.worst.front <= MAP_FRONTS, what);
	CHECK(counts.worst.maps <= MAPS_MAX, what);
	CHECK(counts.worst.behind <= MAP_LAST_LEAF, what);
	CHECK(counts.behind_early <= MAP_LEAF, what);
	/* Of any address; a map costs about as much as two rules. */
	CHECK(counts.maps <= 2.7, what);
	CHECK(2 * counts.maps + counts.behind <= 9, what);
	/* The ranges in front weigh in small sets. */
	CHECK((double)counts.rules <= 1.3 * (double)entries + (entries < 256 ? 8 : 0), what);
	/* Rules are much dearer to load and to read back than elements. Each comb has many lengths.
	 */
	if (kind != SET_COMB && entries >= 256)
		CHECK((double)counts.rules <= 0.45 * (double)entries, what);
	CHECK((double)(counts.elements + counts.rules) <= 2.0 * (double)entries + 8, what);
	CHECK((double)counts.chains <= 0.13 * (double)entries + 16, what);
	CHECK(validated(maps) <= entries * MAP_GROUP_MAX, what);
	CHECK(proof_check(maps, maps->count, policy, maps->random_fully, NULL) == 0, what);
	minimal_set_release(&set);
	ipmasq_ruleset_free(maps);
	ipmasq_policy_free(policy);
}

static void test_counts(void)
{
	static const size_t sizes[] = { 20, 64, 256, 1000, 4000, 10000, 50000 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes) && sizes[i] <= unit_many(50000); i++)
		for (enum set_kind kind = 0; kind < SET_KINDS; kind++) {
			check_counts(kind, sizes[i], IPMASQ_IPV4);
			if (sizes[i] <= 10000)
				check_counts(kind, sizes[i], IPMASQ_IPV6);
		}
}

static int add_entry(struct ipmasq_config *config, struct addr addr, unsigned int len,
		     enum ipmasq_family family)
{
	const struct addr mask = addr_mask(len);
	const struct prefix prefix = {
		.addr = { addr.hi & mask.hi, addr.lo & mask.lo },
		.len = (uint8_t)len,
		.family = (uint8_t)family,
	};
	char text[PREFIX_TEXT_MAX];

	prefix_format(&prefix, text);
	return ipmasq_config_add_cidr(
		config, len % 2 ? IPMASQ_MASQUERADE_CIDRS : IPMASQ_NON_MASQUERADE_CIDRS, text,
		NULL);
}

/*
 * The most that a minimal set can have in so many bits: at each node of the trie one half is a
 * prefix.
 */
static int add_dense(struct ipmasq_config *config, enum ipmasq_family family, unsigned int bits)
{
	int r = 0;

	for (unsigned int len = 1; len <= bits; len++)
		for (uint64_t i = 0; i < 1ull << (len - 1) && r == 0; i++) {
			/* Either half in turn. */
			uint64_t path = i << 1 | ((i ^ len) & 1);

			r = add_entry(config, (struct addr){ path << (64 - len), 0 }, len, family);
		}
	return r;
}

/* Prefixes of all lengths from @bits on, each in the last. */
static int add_comb(struct ipmasq_config *config, enum ipmasq_family family, unsigned int bits,
		    struct random *random)
{
	struct addr addr = { set_address(random), set_address(random) };
	int r = 0;

	addr.hi = addr.hi << 32 | set_address(random);
	addr.lo = addr.lo << 32 | set_address(random);
	for (unsigned int len = bits + 1; len <= family_bits(family) && r == 0; len++)
		r = add_entry(config, addr, len, family);
	return r;
}

static struct ipmasq_policy *dense_policy(enum ipmasq_family family, unsigned int bits,
					  unsigned int combs)
{
	struct random random = { 46 };
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;
	int r = ipmasq_config_new(NULL, &config);

	if (r == 0)
		r = ipmasq_config_set_list(config, IPMASQ_NON_MASQUERADE_CIDRS);
	if (r == 0)
		r = add_dense(config, family, bits);
	for (unsigned int i = 0; i < combs && r == 0; i++)
		r = add_comb(config, family, bits, &random);
	if (r == 0)
		ipmasq_policy_new(config, NULL, NULL, &policy);
	ipmasq_config_free(config);
	return policy;
}

static void check_bounds(enum ipmasq_family family, unsigned int bits, unsigned int combs)
{
	unsigned int most = family == IPMASQ_IPV4 ? MAPS_MAX : MAPS_MAX + 1;
	struct ipmasq_policy *policy = dense_policy(family, bits, combs);
	struct ipmasq_ruleset *maps = policy ? maps_of(policy, family) : NULL;
	struct minimal_set set = { 0 };
	struct counts counts;
	char what[120];

	if (!CHECK(maps != NULL, "maps") ||
	    !CHECK(minimise_policy(policy, family, false, false, &set) == 0, "set"))
		return;
	counts = count_maps(maps, &set);
	snprintf(what, sizeof(what), "%u bits, %u combs, %zu prefixes: worst %u, %u, %u; %u chains",
		 bits, combs, counts.prefixes, counts.worst.front, counts.worst.maps,
		 counts.worst.behind, counts.worst.chains);
	CHECK(counts.worst.maps <= most, what);
	CHECK(counts.worst.behind <= MAP_LAST_LEAF, what);
	CHECK(counts.behind_early <= MAP_LEAF, what);
	/* The root, one behind a range in front, those of maps, and one that masquerades. */
	CHECK(counts.worst.chains <= most + 3, what);
	CHECK(ipmasq_ruleset_prove(maps, policy, NULL) == 0, what);
	minimal_set_release(&set);
	ipmasq_ruleset_free(maps);
	ipmasq_policy_free(policy);
}

static void test_bounds(void)
{
	static const struct {
		unsigned int bits;
		unsigned int combs;
	} rows[] = { { 14, 0 }, { 10, 300 }, { 0, 1000 }, { 5, 50 }, { 0, 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		check_bounds(IPMASQ_IPV4, rows[i].bits, rows[i].combs);
		check_bounds(IPMASQ_IPV6, rows[i].bits, rows[i].combs);
	}
}

/* Whether two rulesets decide the same where a rule of one of them begins, or has ended. */
static bool same_verdicts(const struct ipmasq_ruleset *a, const struct ipmasq_ruleset *b,
			  const struct ipmasq_ruleset *bounds)
{
	const struct addr src = { 0, 0 };

	for (size_t i = 0; i < bounds->count; i++)
		for (size_t k = 0; k < bounds->chains[i].count; k++) {
			const struct prefix *dst = &bounds->chains[i].rules[k].dst;
			const struct addr at[] = { dst->addr, addr_next(prefix_last(dst)) };

			for (size_t n = 0; n < ARRAY_SIZE(at); n++)
				if (ruleset_verdict(a, &src, &at[n], 0) !=
				    ruleset_verdict(b, &src, &at[n], 0))
					return false;
		}
	return true;
}

/* What a mistake, or somebody else, may do to elements and rules. */
static void damage(struct ipmasq_ruleset *ruleset, unsigned int kind, struct random *random)
{
	struct chain *chain = &ruleset->chains[random_below(random, (uint32_t)ruleset->count)];
	struct rule *rule = &chain->rules[random_below(random, (uint32_t)chain->count)];
	struct rule *other = &chain->rules[random_below(random, (uint32_t)chain->count)];
	struct rule was = *rule;

	switch (kind) {
	case 0:
		memmove(rule, rule + 1,
			(size_t)(chain->rules + chain->count - rule - 1) * sizeof(*rule));
		chain->count--;
		break;
	case 1:
		rule->target = TARGET_RETURN;
		break;
	case 2:
		rule->target = TARGET_GOTO;
		rule->chain = 1 + random_below(random, (uint32_t)ruleset->count - 1);
		break;
	case 3:
		rule->dst.addr.hi ^= 1ull << (63 - random_below(random, 32));
		rule->dst.addr.hi &= addr_mask(rule->dst.len).hi;
		break;
	case 4:
		*rule = *other;
		*other = was;
		break;
	default:
		*other = was;
		break;
	}
}

static void test_damage(void)
{
	static const enum set_kind kinds[] = { SET_RANDOM, SET_CLUMPED, SET_NESTED };
	struct random random = { 45 };
	unsigned int passed = 0;
	unsigned int caught = 0;

	for (unsigned int i = 0; i < unit_many(1200); i++) {
		struct ipmasq_policy *policy =
			set_policy(kinds[i % ARRAY_SIZE(kinds)], 400, IPMASQ_IPV4, 7);
		struct ipmasq_ruleset *right = policy ? maps_of(policy, IPMASQ_IPV4) : NULL;
		struct ipmasq_ruleset *wrong = policy ? maps_of(policy, IPMASQ_IPV4) : NULL;

		if (!CHECK(right && wrong, "maps"))
			return;
		damage(wrong, i / ARRAY_SIZE(kinds) % 6, &random);
		if (proof_check(wrong, wrong->count, policy, right->random_fully, NULL) < 0) {
			caught++;
		} else {
			passed++;
			CHECK(same_verdicts(right, wrong, right) &&
				      same_verdicts(right, wrong, wrong),
			      "what passes has the same verdicts");
		}
		ipmasq_ruleset_free(wrong);
		ipmasq_ruleset_free(right);
		ipmasq_policy_free(policy);
	}
	CHECK(caught > passed && passed > 0, "some damage, and some that does no harm");
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "damage is found, or changes no verdict", test_damage },
		{ "few maps on a path, few rules behind", test_counts },
		{ "never more than that, whatever the set", test_bounds },
	};

	return unit_main("maps", tests, ARRAY_SIZE(tests));
}
