/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of chains: it has the verdicts of the policy, is made from the smallest set of prefixes,
 * and has few rules and levels. `make bench` measures the cost of a rule; here the numbers of rules
 * are checked, which are the same in each run.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rules/chain_index.h"
#include "rules/chain_name.h"
#include "rules/layout_tree.h"
#include "rules/minimise.h"
#include "sim/oracle.h"
#include "rules/proof.h"
#include "rules/script.h"
#include "sim/sim.h"
#include "support/prefix_sets.h"
#include "support/unit.h"

/* The sets of the tree: the first ones. */
#define KINDS (SET_NESTED + 1)

static struct ipmasq_ruleset *tree_of(const struct ipmasq_policy *policy, enum ipmasq_family family,
				      char generation)
{
	struct ipmasq_ruleset *ruleset = NULL;

	if (ruleset_new_empty(family, &ruleset) < 0)
		return NULL;
	ruleset->policy = policy;
	ruleset->generation = generation;
	if (layout_tree(ruleset) == 0)
		return ruleset;
	ipmasq_ruleset_free(ruleset);
	return NULL;
}

/* The rules that a packet passes. */

struct walk {
	unsigned int tests;
	unsigned int levels;
	/* Some prefix matched, not only gotos. */
	bool matched;
};

static struct walk walk_tree(const struct ipmasq_ruleset *ruleset, struct addr address)
{
	const struct chain *chain = &ruleset->chains[0];
	struct walk walk = { .levels = 1 };
	size_t i = 0;

	while (i < chain->count) {
		const struct rule *rule = &chain->rules[i++];
		struct addr mask = addr_mask(rule->dst.len);

		walk.tests++;
		if ((address.hi & mask.hi) != rule->dst.addr.hi ||
		    (address.lo & mask.lo) != rule->dst.addr.lo)
			continue;
		if (rule->target != TARGET_GOTO) {
			walk.matched = rule->dst.len > 0;
			break;
		}
		chain = &ruleset->chains[rule->chain];
		walk.levels++;
		i = 0;
	}
	return walk;
}

struct counts {
	size_t prefixes;
	size_t rules;
	/* The mean number of tests of addresses that match nothing. */
	double miss;
	unsigned int worst;
	unsigned int levels;
};

static void take(struct counts *counts, const struct walk *walk)
{
	counts->worst = walk->tests > counts->worst ? walk->tests : counts->worst;
	counts->levels = walk->levels > counts->levels ? walk->levels : counts->levels;
}

static struct counts count_tree(const struct ipmasq_ruleset *ruleset, const struct minimal_set *set)
{
	struct counts counts = { .prefixes = set->count - 1, .rules = ruleset_rule_count(ruleset) };
	struct random random = { 44 };
	unsigned int misses = 0;

	for (unsigned int i = 0; i < 50000; i++) {
		struct addr address = { (uint64_t)set_address(&random) << 32, 0 };
		struct walk walk = walk_tree(ruleset, address);

		take(&counts, &walk);
		if (walk.matched)
			continue;
		counts.miss += walk.tests;
		misses++;
	}
	counts.miss /= misses ? misses : 1;
	/* The deepest paths end at the prefixes and just before them. */
	for (size_t i = 0; i < set->count; i++) {
		struct walk at = walk_tree(ruleset, set->prefixes[i].prefix.addr);
		struct walk before =
			walk_tree(ruleset, addr_previous(set->prefixes[i].prefix.addr));

		take(&counts, &at);
		take(&counts, &before);
	}
	return counts;
}

/* The tests. */

/* The sum of several sets of a size, to be divided by their number. */
static bool add_counts(struct counts *sum, enum set_kind kind, size_t entries, uint64_t seed)
{
	struct ipmasq_policy *policy = set_policy(kind, entries, IPMASQ_IPV4, seed);
	struct ipmasq_partition *partition = NULL;
	struct ipmasq_ruleset *tree = NULL;
	struct minimal_set set = { 0 };
	bool made = policy && ipmasq_partition_new(policy, IPMASQ_IPV4, &partition) == 0 &&
		    minimise(partition, &set) == 0;

	if (made)
		tree = tree_of(policy, IPMASQ_IPV4, 'a');
	if (tree) {
		struct counts counts = count_tree(tree, &set);

		CHECK(proof_check(tree, tree->count, policy, false, NULL) == 0,
		      set_kind_names[kind]);
		sum->prefixes += counts.prefixes;
		sum->rules += counts.rules;
		sum->miss += counts.miss;
		sum->worst = counts.worst > sum->worst ? counts.worst : sum->worst;
		sum->levels = counts.levels > sum->levels ? counts.levels : sum->levels;
	}
	minimal_set_release(&set);
	ipmasq_partition_free(partition);
	ipmasq_ruleset_free(tree);
	ipmasq_policy_free(policy);
	return tree != NULL;
}

static void check_counts(enum set_kind kind, size_t entries, unsigned int sets)
{
	struct counts sum = { 0 };
	struct tree_shape shape;
	double prefixes;
	double doublings;
	char what[160];

	for (unsigned int i = 0; i < sets; i++)
		if (!CHECK(add_counts(&sum, kind, entries, 7 * i + 1), set_kind_names[kind]))
			return;
	prefixes = (double)sum.prefixes / sets;
	doublings = log2(prefixes);
	sum.miss /= sets;
	shape = tree_shape_for((size_t)prefixes);
	snprintf(what, sizeof(what),
		 "%s, %zu entries: %.0f prefixes, %.1f on a miss, worst %u, %zu "
		 "rules in %u sets, %u levels",
		 set_kind_names[kind], entries, prefixes, sum.miss, sum.worst, sum.rules, sets,
		 sum.levels);
	CHECK(sum.levels <= TREE_LEVELS_MAX, what);
	CHECK(sum.worst <= 2 * doublings + 8, what);
	CHECK((double)sum.rules <= 1.75 * (double)sum.prefixes, what);
	CHECK(sum.miss <= (shape.fan_out == 3 ? 1.4 * doublings + 1 : 1.7 * doublings), what);
}

static void test_counts(void)
{
	static const struct {
		size_t entries;
		unsigned int sets;
	} rows[] = { { 64, 10 },  { 100, 10 },	{ 256, 5 },  { 1000, 3 },
		     { 4000, 1 }, { 10000, 1 }, { 50000, 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (enum set_kind kind = SET_RANDOM; kind < KINDS; kind++)
			/* Nested, half of the entries are inside others: 64 prefixes take more. */
			if (kind != SET_NESTED || rows[i].entries >= 256)
				check_counts(kind, rows[i].entries, rows[i].sets);
}

/* IPv6 has longer paths, so its proof and depth are checked as well. */
static void test_ipv6(void)
{
	for (size_t i = 0; i < 4 * KINDS; i++) {
		static const size_t sizes[] = { 20, 300, 5000, 20000 };
		enum set_kind kind = (enum set_kind)(i % KINDS);
		struct ipmasq_policy *policy =
			set_policy(kind, sizes[i / KINDS], IPMASQ_IPV6, i + 100);
		struct ipmasq_ruleset *tree;

		if (!CHECK(policy != NULL, "policy"))
			return;
		tree = tree_of(policy, IPMASQ_IPV6, 'a');
		if (CHECK(tree != NULL, "tree"))
			CHECK(proof_check(tree, tree->count, policy, false, NULL) == 0,
			      set_kind_names[kind]);
		ipmasq_ruleset_free(tree);
		ipmasq_policy_free(policy);
	}
}

/* Small random policies with all features: sources, ports, both families. */
static void test_random_policies(void)
{
	struct random random = { 45 };

	for (int i = 0; i < 600; i++) {
		struct ipmasq_policy *policy = NULL;
		struct oracle oracle;

		oracle_random(&oracle, &random, 40);
		if (!CHECK(oracle_policy(&oracle, &policy) == 0, "policy"))
			return;
		for (int f = 0; f < 2; f++) {
			struct ipmasq_ruleset *tree =
				tree_of(policy, f ? IPMASQ_IPV6 : IPMASQ_IPV4, 'a');

			if (CHECK(tree != NULL, "tree"))
				CHECK(proof_check(tree, tree->count, policy, false, NULL) == 0,
				      "proved");
			ipmasq_ruleset_free(tree);
		}
		ipmasq_policy_free(policy);
	}
}

/*
 * Tries all sets of prefixes over a space of eight addresses, for the size of the smallest one for
 * each of the 256 functions: minimise() must make one of that size.
 */
#define SPACE_BITS 3
#define SPACE	   (1u << SPACE_BITS)
#define NODES	   (2 * SPACE - 1)

/* The function of a set of prefixes, as a bit for each address; node 1 is the root. */
static unsigned int function_of(const int verdicts[NODES + 1])
{
	unsigned int function = 0;

	for (unsigned int leaf = 0; leaf < SPACE; leaf++) {
		unsigned int node = SPACE + leaf;

		while (verdicts[node] < 0)
			node /= 2;
		function |= (unsigned int)verdicts[node] << leaf;
	}
	return function;
}

static void try_all(int verdicts[NODES + 1], unsigned int node, unsigned int size,
		    unsigned int best[1u << SPACE])
{
	unsigned int function;

	if (node > NODES) {
		function = function_of(verdicts);
		if (size < best[function])
			best[function] = size;
		return;
	}
	/* The root is always in the set. No smallest set needs more than half of the leaves. */
	for (int verdict = node == 1 ? 0 : -1; verdict <= 1; verdict++) {
		if (verdict >= 0 && size == 1 + SPACE / 2)
			continue;
		verdicts[node] = verdict;
		try_all(verdicts, node + 1, size + (verdict >= 0), best);
	}
}

static struct ipmasq_policy *policy_of_function(unsigned int function)
{
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;
	int r = ipmasq_config_new(NULL, &config);

	if (r == 0)
		r = ipmasq_config_set_list(config, IPMASQ_NON_MASQUERADE_CIDRS);
	if (r == 0)
		r = ipmasq_config_set_bool(config, IPMASQ_MASQ_LINK_LOCAL, true);
	for (unsigned int leaf = 0; leaf < SPACE && r == 0; leaf++) {
		char text[64];

		snprintf(text, sizeof(text), "%u.0.0.0/%d", leaf << (8 - SPACE_BITS), SPACE_BITS);
		if (!(function >> leaf & 1))
			r = ipmasq_config_add_cidr(config, IPMASQ_NON_MASQUERADE_CIDRS, text, NULL);
	}
	if (r == 0)
		ipmasq_policy_new(config, NULL, NULL, &policy);
	ipmasq_config_free(config);
	return policy;
}

static void test_minimal(void)
{
	static unsigned int best[1u << SPACE];
	int verdicts[NODES + 1] = { 0 };

	memset(best, 0xff, sizeof(best));
	try_all(verdicts, 1, 0, best);
	for (unsigned int function = 0; function < 1u << SPACE; function++) {
		struct ipmasq_policy *policy = policy_of_function(function);
		struct ipmasq_partition *partition = NULL;
		struct minimal_set set = { 0 };
		char what[32];

		snprintf(what, sizeof(what), "function %02x", function);
		if (CHECK(policy && ipmasq_partition_new(policy, IPMASQ_IPV4, &partition) == 0,
			  what) &&
		    CHECK(minimise(partition, &set) == 0, what))
			CHECK(set.count == best[function], what);
		minimal_set_release(&set);
		ipmasq_partition_free(partition);
		ipmasq_policy_free(policy);
	}
}

/* The longest match in a set of prefixes gives the verdicts of the partition. */
static void check_minimal_is_the_same(enum ipmasq_family family)
{
	struct random random = { 46 };

	for (int i = 0; i < 300; i++) {
		struct ipmasq_policy *policy = NULL;
		struct ipmasq_partition *partition = NULL;
		struct minimal_set set = { 0 };
		struct oracle oracle;

		oracle_random(&oracle, &random, 40);
		if (!CHECK(oracle_policy(&oracle, &policy) == 0, "policy"))
			return;
		CHECK(ipmasq_partition_new(policy, family, &partition) == 0, "partition");
		CHECK(minimise(partition, &set) == 0, "minimise");
		CHECK(set.count <= ipmasq_partition_count(partition), "the set is no larger");
		for (int k = 0; k < 200; k++) {
			uint8_t bytes[16];
			struct prefix host = { .len = (uint8_t)family_bits(family),
					       .family = (uint8_t)family };
			int verdict = -1;

			oracle_random_address(&oracle, &random, family, bytes);
			host.addr = addr_from_bytes(family, bytes);
			for (size_t p = 0; p < set.count; p++)
				if (prefix_covers(&set.prefixes[p].prefix, &host))
					verdict = set.prefixes[p].verdict;
			CHECK(verdict == (int)ipmasq_entry_verdict(
						 ipmasq_partition_lookup(partition, bytes)),
			      "same verdict");
		}
		minimal_set_release(&set);
		ipmasq_partition_free(partition);
		ipmasq_policy_free(policy);
	}
}

static void test_minimal_is_the_same(void)
{
	check_minimal_is_the_same(IPMASQ_IPV4);
	check_minimal_is_the_same(IPMASQ_IPV6);
}

/* Names are recognised as ours, are short enough and unique, and differ between generations. */
static void test_names(void)
{
	struct ipmasq_policy *policy = set_policy(SET_RANDOM, 3000, IPMASQ_IPV4, 9);
	struct ipmasq_ruleset *a = NULL;
	struct ipmasq_ruleset *b = NULL;

	if (!CHECK(policy != NULL, "policy"))
		return;
	a = tree_of(policy, IPMASQ_IPV4, 'a');
	b = tree_of(policy, IPMASQ_IPV4, 'b');
	if (CHECK(a && b && a->count == b->count && a->count > 100, "trees")) {
		for (size_t i = 1; i < a->count; i++) {
			CHECK(chain_is_ours(a->chains[i].name, policy->chain), a->chains[i].name);
			CHECK(strcmp(a->chains[i].name, b->chains[i].name) != 0, "generations");
			CHECK(strcmp(a->chains[i].name, a->chains[i - 1].name) != 0, "numbers");
		}
		CHECK_STRING(a->chains[0].name, policy->chain, "the root keeps its name");
	}
	ipmasq_ruleset_free(a);
	ipmasq_ruleset_free(b);
	ipmasq_policy_free(policy);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct chain *)a)->name, ((const struct chain *)b)->name);
}

/* With one entry less, most chains keep their names and rules; and no name is used twice. */
static void check_small_change(enum set_kind kind, size_t entries, enum ipmasq_family family)
{
	struct ipmasq_policy *policies[2] = { set_policy(kind, entries, family, 11),
					      set_policy(kind, entries - 1, family, 11) };
	struct ipmasq_ruleset *trees[2] = { tree_of(policies[0], family, 'a'),
					    tree_of(policies[1], family, 'a') };
	char what[64];
	size_t differ = 0;

	if (!CHECK(trees[0] && trees[1], "trees"))
		return;
	CHECK(chains_align(trees[0], trees[1]) == 0, "aligned");
	for (size_t i = 0; i < trees[1]->count; i++)
		differ += trees[0]->chains[i].absent ||
			  !chain_equal(&trees[0]->chains[i], &trees[1]->chains[i]);
	snprintf(what, sizeof(what), "%zu of %zu chains differ", differ, trees[1]->count);
	/* Among nested entries the last one may change nothing. */
	CHECK(differ <= 24 && (differ > 0 || kind == SET_NESTED), what);
	qsort(trees[1]->chains, trees[1]->count, sizeof(*trees[1]->chains), compare_names);
	for (size_t i = 1; i < trees[1]->count; i++)
		CHECK(strcmp(trees[1]->chains[i - 1].name, trees[1]->chains[i].name) != 0,
		      trees[1]->chains[i].name);
	for (size_t i = 0; i < 2; i++) {
		ipmasq_ruleset_free(trees[i]);
		ipmasq_policy_free(policies[i]);
	}
}

static void test_small_change(void)
{
	check_small_change(SET_RANDOM, 300, IPMASQ_IPV4);
	check_small_change(SET_RANDOM, 20000, IPMASQ_IPV4);
	check_small_change(SET_RANDOM, 3000, IPMASQ_IPV6);
	check_small_change(SET_NESTED, 20000, IPMASQ_IPV4);
}

/* The place in a script of several transactions at which a chain is declared; 0: not yet. */
struct declared {
	char names[4000][CHAIN_NAME_MAX + 1];
	size_t count;
};

static bool is_declared(const struct declared *declared, const char *name)
{
	for (size_t i = 0; i < declared->count; i++)
		if (strcmp(declared->names[i], name) == 0)
			return true;
	return false;
}

/*
 * No transaction is too large, no rule leads to a chain that is not there yet, and the first chain
 * is written once, after all that it leads to.
 */
static void check_blocks(char *script, const char *root, size_t most)
{
	static struct declared declared;
	char *rest = script;
	size_t here = 0;
	size_t roots = 0;
	char *line;

	declared.count = 0;
	while ((line = strsep(&rest, "\n")) && line[0]) {
		char *to = strstr(line, " -g ");

		if (line[0] == ':') {
			char *name = line + 1;

			name[strcspn(name, " ")] = '\0';
			roots += strcmp(name, root) == 0;
			here++;
			if (CHECK(declared.count < 4000, "room"))
				strcpy(declared.names[declared.count++], name);
		} else if (strcmp(line, "COMMIT") == 0) {
			CHECK(here <= most, "not too many chains in a transaction");
			here = 0;
		} else if (to) {
			CHECK(roots == 0 || strncmp(line + 3, root, strlen(root)) == 0,
			      "root last");
			CHECK(is_declared(&declared, to + 4), line);
		}
	}
	CHECK(roots == 1, "the root is written once");
}

static void check_same(const struct sim *a, const struct sim *b)
{
	struct random random = { 47 };

	for (int i = 0; i < 2000; i++) {
		struct sim_packet packet = { .proto = 17 };
		uint32_t address = set_address(&random);

		for (int byte = 0; byte < 4; byte++)
			packet.dst[byte] = (uint8_t)(address >> (24 - 8 * byte));
		CHECK(sim_run(a, &packet, NULL, NULL).verdict ==
			      sim_run(b, &packet, NULL, NULL).verdict,
		      "same verdict");
	}
}

static void test_blocks(void)
{
	static const char *const ports[] = { NULL, "1024-65535" };
	const struct script_edits edits = { .add_jump = true };

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		struct ipmasq_policy *policy = set_policy(SET_RANDOM, 3000, IPMASQ_IPV4, 10);
		struct sim *sims[2] = { sim_new(4), sim_new(4) };
		struct ipmasq_ruleset *tree;
		struct buf blocks = BUF_INIT;
		struct buf whole = BUF_INIT;
		char error[SIM_ERROR_MAX] = "";

		if (!CHECK(policy && sims[0] && sims[1], "policy"))
			return;
		policy->port_count = ports[i] ? 1 : 0;
		policy->ports[0] = (struct port_range){ 1024, 65535 };
		tree = tree_of(policy, IPMASQ_IPV4, 'b');
		if (!CHECK(tree && tree->count > 64, "tree"))
			return;
		script_write(&whole, tree, &edits);
		script_write_blocks(&blocks, tree, &edits, 64);
		CHECK(sim_restore(sims[0], whole.data, error) == 0, error);
		CHECK(sim_restore(sims[1], blocks.data, error) == 0, error);
		check_same(sims[0], sims[1]);
		check_blocks(blocks.data, policy->chain, 64);
		buf_release(&blocks);
		buf_release(&whole);
		ipmasq_ruleset_free(tree);
		ipmasq_policy_free(policy);
		sim_free(sims[0]);
		sim_free(sims[1]);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "tests, rules and levels stay within their bounds", test_counts },
		{ "IPv6", test_ipv6 },
		{ "random policies with sources and ports", test_random_policies },
		{ "the set of prefixes is the smallest one", test_minimal },
		{ "the smallest set has the same verdicts", test_minimal_is_the_same },
		{ "names of sub-chains", test_names },
		{ "a small change changes few chains", test_small_change },
		{ "several transactions, in an order that affects no packet", test_blocks },
	};

	return unit_main("tree", tests, ARRAY_SIZE(tests));
}
