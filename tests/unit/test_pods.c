/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podCIDRs: what a policy makes of them, and how both layouts lead their sources to the rules for
 * destinations.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/layout_tree.h"
#include "rules/proof.h"
#include "rules/script.h"
#include "sim/oracle.h"
#include "sim/sim.h"
#include "support/read.h"
#include "support/sources.h"
#include "support/unit.h"

static struct ipmasq_policy *policy_from(const char *const texts[2], enum ipmasq_layout layout)
{
	struct ipmasq_options *options = NULL;
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;
	int r = ipmasq_options_new(&options);

	if (r == 0)
		r = ipmasq_options_set_layout(options, layout);
	if (r == 0)
		r = ipmasq_config_new(options, &config);
	for (size_t i = 0; i < 2 && texts[i] && r == 0; i++)
		r = ipmasq_config_load(
			config, DATA_SOURCE(i ? "B" : "A", texts[i], strlen(texts[i])), NULL);
	if (r == 0)
		r = ipmasq_policy_new(config, options, NULL, &policy);
	ipmasq_config_free(config);
	ipmasq_options_free(options);
	CHECK(r == 0, texts[0]);
	return policy;
}

static struct ipmasq_policy *policy_of(const char *text, enum ipmasq_layout layout)
{
	const char *const texts[2] = { text };

	return policy_from(texts, layout);
}

/* Two files: the place of the first entry is that of the key in the first file that has it. */
static void test_entries(void)
{
	const char *const texts[2] = {
		"masqOutBound: true\npodCIDRs: [10.1.0.0/16, 10.2.0.0/16]\n",
		"podCIDRs:\n- 10.2.0.0/16\n- fd00:1::/32\nnonMasqueradeSrcCIDRs: [10.1.7.0/24]\n"
	};
	struct ipmasq_policy *policy = policy_from(texts, IPMASQ_LAYOUT_AUTO);
	struct ipmasq_entry_details info;

	if (!policy)
		return;
	CHECK(ipmasq_policy_pod_count(policy, IPMASQ_IPV4) == 2, "each CIDR once");
	CHECK(ipmasq_policy_pod_count(policy, IPMASQ_IPV6) == 1, "by family");
	CHECK(ipmasq_policy_entry_count(policy, IPMASQ_IPV4) == 7, "they are not among the others");
	info = entry_of(ipmasq_policy_entry(policy, IPMASQ_IPV4, 0));
	CHECK(info.origin == IPMASQ_ORIGIN_PODS && info.verdict == IPMASQ_RETURN && !info.cidr[0],
	      "the first entry is for all other sources");
	CHECK_STRING(info.place.file, "A", "of the key");
	CHECK(info.place.line == 2 && info.place.column == 1, "of the key");
	CHECK(info.first[0] == 0 && info.last[0] == 255, "the whole space");
	info = entry_of(ipmasq_policy_entry(policy, IPMASQ_IPV4, 1));
	CHECK(info.origin == IPMASQ_ORIGIN_NON_MASQUERADE_SRC, "then sources");
	info = entry_of(ipmasq_policy_entry(policy, IPMASQ_IPV6, 0));
	CHECK(info.origin == IPMASQ_ORIGIN_PODS, "of IPv6");
	CHECK_STRING(info.place.file, "A", "the key, wherever its entries are");
	info = entry_of(ipmasq_policy_pod(policy, IPMASQ_IPV4, 1));
	CHECK_STRING(info.cidr, "10.2.0.0/16", "a CIDR");
	CHECK(info.place.line == 2 && info.place.column == 25, "its own place");
	info = entry_of(ipmasq_policy_pod(policy, IPMASQ_IPV6, 0));
	CHECK_STRING(info.cidr, "fd00:1::/32", "a CIDR");
	CHECK_STRING(info.place.file, "B", "its own place");
	CHECK(ipmasq_policy_pod(policy, IPMASQ_IPV4, 2) == NULL, "past the last");
	ipmasq_policy_free(policy);
	policy = policy_of("podCIDRs: []\n", IPMASQ_LAYOUT_AUTO);
	CHECK(ipmasq_policy_pod_count(policy, IPMASQ_IPV4) == 0, "an empty list");
	CHECK(entry_of(ipmasq_policy_entry(policy, IPMASQ_IPV4, 0)).origin != IPMASQ_ORIGIN_PODS,
	      "means every source");
	ipmasq_policy_free(policy);
	policy = policy_of("podCIDRs:\n", IPMASQ_LAYOUT_AUTO);
	CHECK(ipmasq_policy_pod_count(policy, IPMASQ_IPV4) == 0, "null");
	ipmasq_policy_free(policy);
}

/* The trace of a packet, without the comments. */
static void trace(const struct ipmasq_ruleset *ruleset, const char *source, char *text, size_t size)
{
	static const uint8_t address[16] = { 8, 8, 8, 8 };
	enum ipmasq_family family;
	uint8_t bytes[16];
	char *lines = NULL;

	text[0] = '\0';
	if (source)
		ipmasq_parse_address(source, &family, bytes);
	if (CHECK(ipmasq_ruleset_trace(ruleset, address, source ? bytes : NULL, &lines) == 0,
		  "trace"))
		snprintf(text, size, "%s", lines);
	free(lines);
}

#define ROOT	   "-A IP-MASQ-AGENT "
#define PODS	   "-A IP-MASQ-AG.38ed.apods "
#define TO	   "-g IP-MASQ-AG.38ed.apods"
#define MASQ	   "-j MASQUERADE --random-fully"
#define SAYS(what) "-m comment --comment \"" what "\" "

static const struct {
	enum ipmasq_layout layout;
	/* NULL: none is given. */
	const char *source;
	const char *expected;
} traces[] = {
	{ IPMASQ_LAYOUT_LINEAR, "10.1.2.3",
	  ROOT "-s 10.1.0.0/16 " SAYS("podCIDRs") TO "\n" PODS SAYS("masqOutBound") MASQ },
	{ IPMASQ_LAYOUT_LINEAR, "10.2.2.3",
	  ROOT "-s 10.2.0.0/15 " SAYS("podCIDRs") TO "\n" PODS SAYS("masqOutBound") MASQ },
	{ IPMASQ_LAYOUT_LINEAR, "10.2.7.1",
	  ROOT "-s 10.2.0.0/15 " SAYS("podCIDRs") TO
	  "\n" PODS "-s 10.2.7.0/24 " SAYS("nonMasqueradeSrcCIDRs") "-j RETURN" },
	{ IPMASQ_LAYOUT_LINEAR, "10.4.0.1", "" },
	{ IPMASQ_LAYOUT_LINEAR, NULL, PODS SAYS("masqOutBound") MASQ },
	{ IPMASQ_LAYOUT_TREE, "10.1.2.3", ROOT "-s 10.0.0.0/14 " TO "\n" PODS MASQ },
	{ IPMASQ_LAYOUT_TREE, "10.0.2.3", ROOT "-s 10.0.0.0/16 -j RETURN" },
	{ IPMASQ_LAYOUT_TREE, "10.2.7.1", ROOT "-s 10.2.7.0/24 -j RETURN" },
	{ IPMASQ_LAYOUT_TREE, "10.4.0.1", "" },
};

static void test_traces(void)
{
	static const char text[] = "podCIDRs: [10.1.0.0/16, 10.2.0.0/15]\n"
				   "nonMasqueradeSrcCIDRs: [10.2.7.0/24]\n"
				   "nonMasqueradeCIDRs: [8.0.0.0/24]\n";

	for (size_t i = 0; i < ARRAY_SIZE(traces); i++) {
		struct ipmasq_policy *policy = policy_of(text, traces[i].layout);
		struct ipmasq_ruleset *ruleset = NULL;
		char got[1024];

		if (CHECK(policy && ipmasq_ruleset_new(policy, IPMASQ_IPV4, 0, &ruleset) == 0,
			  "ruleset")) {
			trace(ruleset, traces[i].source, got, sizeof(got));
			CHECK_STRING(got, traces[i].expected, traces[i].source);
		}
		ipmasq_ruleset_free(ruleset);
		ipmasq_policy_free(policy);
	}
}

/* In the linear layout each line for a source comes from an entry. */
static void test_lines(void)
{
	struct ipmasq_policy *policy = policy_of("podCIDRs: [10.1.0.0/16, 10.2.0.0/15]\n"
						 "nonMasqueradeSrcCIDRs: [10.2.7.0/24]\n",
						 IPMASQ_LAYOUT_LINEAR);
	struct ipmasq_ruleset *ruleset = NULL;

	if (!CHECK(policy && ipmasq_ruleset_new(policy, IPMASQ_IPV4, 0, &ruleset) == 0, "ruleset"))
		return;
	CHECK(ipmasq_ruleset_entry_at(ruleset, 4) == ipmasq_policy_pod(policy, IPMASQ_IPV4, 0),
	      "the first of podCIDRs");
	CHECK(ipmasq_ruleset_entry_at(ruleset, 5) == ipmasq_policy_pod(policy, IPMASQ_IPV4, 1),
	      "the second");
	CHECK(ipmasq_ruleset_entry_at(ruleset, 6) == ipmasq_policy_entry(policy, IPMASQ_IPV4, 1),
	      "the source that keeps its address");
	ipmasq_ruleset_free(ruleset);
	ipmasq_policy_free(policy);
}

/* Adds so many random CIDRs of a family to a list. */
static int add_random(struct ipmasq_config *config, enum ipmasq_list list, size_t count,
		      struct random *random, enum ipmasq_family family)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		uint32_t draw = random_below(random, 1u << 20);
		char text[64];

		if (family == IPMASQ_IPV4)
			snprintf(text, sizeof(text), "10.%u.%u.0/24", draw >> 8 & 255, draw & 255);
		else
			snprintf(text, sizeof(text), "fd00:%x:%x::/48", draw >> 16, draw & 0xffff);
		r = ipmasq_config_add_cidr(config, list, text, NULL);
	}
	return r;
}

static struct ipmasq_policy *large_policy(size_t pods, size_t sources, size_t entries,
					  enum ipmasq_family family)
{
	struct random random = { pods + 3 };
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;
	int r = ipmasq_config_new(NULL, &config);

	if (r == 0)
		r = add_random(config, IPMASQ_POD_CIDRS, pods, &random, family);
	if (r == 0)
		r = add_random(config, IPMASQ_NON_MASQUERADE_SRC_CIDRS, sources, &random, family);
	if (r == 0)
		r = add_random(config, IPMASQ_NON_MASQUERADE_CIDRS, entries, &random, family);
	if (r == 0)
		r = ipmasq_policy_new(config, NULL, NULL, &policy);
	ipmasq_config_free(config);
	CHECK(r == 0, "policy");
	return policy;
}

/* How many chains the longest path from a chain on has. */
static unsigned int levels_from(const struct ipmasq_ruleset *ruleset, uint32_t which)
{
	const struct chain *chain = &ruleset->chains[which];
	unsigned int most = 0;

	for (size_t i = 0; i < chain->count; i++)
		if (chain->rules[i].target == TARGET_GOTO) {
			unsigned int below = levels_from(ruleset, chain->rules[i].chain);

			most = below > most ? below : most;
		}
	return most + 1;
}

/* How many rules a packet from @source looks at before it arrives at the chain of podCIDRs, or
 * returns. */
static unsigned int rules_met(const struct ipmasq_ruleset *ruleset, struct addr source)
{
	uint32_t which = 0;
	unsigned int met = 0;

	for (size_t i = 0; i < ruleset->chains[which].count && which != ruleset->pods; i++) {
		const struct rule *rule = &ruleset->chains[which].rules[i];

		met++;
		if (!prefix_has(&rule->src, source))
			continue;
		if (rule->target != TARGET_GOTO)
			break;
		which = rule->chain;
		i = SIZE_MAX;
	}
	return met;
}

static void check_large(const struct ipmasq_policy *policy, enum ipmasq_family family,
			unsigned int bound)
{
	const struct policy_family *f = policy_family(policy, family);
	struct ipmasq_ruleset *ruleset = NULL;
	unsigned int worst = 0;
	char what[80];
	char *why = NULL;

	if (!CHECK(ipmasq_ruleset_new(policy, family, 0, &ruleset) == 0, "ruleset"))
		return;
	CHECK(ruleset->layout == IPMASQ_LAYOUT_TREE && ruleset->pods > 0, "a tree");
	CHECK(proof_check(ruleset, ruleset->count, policy, true, &why) == 0, why ? why : "proof");
	for (size_t i = 0; i < f->pod_count; i++) {
		unsigned int met = rules_met(ruleset, policy_pods(f)[i].prefix.addr);

		worst = met > worst ? met : worst;
	}
	snprintf(what, sizeof(what), "%zu podCIDRs: %u rules met, %u levels", f->pod_count, worst,
		 levels_from(ruleset, 0));
	CHECK(worst <= bound, what);
	CHECK(levels_from(ruleset, 0) <= TREE_LEVELS_MAX, what);
	free(why);
	ipmasq_ruleset_free(ruleset);
}

/* Few rules lead a source to the rules for destinations, however many podCIDRs there are. */
static void test_large(void)
{
	static const struct {
		size_t pods;
		size_t sources;
		size_t entries;
		unsigned int bound;
	} rows[] = { { 4, 0, 20, 4 },	   { 20, 0, 20, 16 },	   { 20, 20, 2000, 24 },
		     { 300, 0, 20, 28 },   { 300, 300, 2000, 32 }, { 5000, 0, 20000, 64 },
		     { 5000, 500, 20, 64 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int k = 0; k < 2; k++) {
			enum ipmasq_family family = k ? IPMASQ_IPV6 : IPMASQ_IPV4;
			struct ipmasq_policy *policy = large_policy(rows[i].pods, rows[i].sources,
								    rows[i].entries, family);

			if (policy)
				check_large(policy, family, rows[i].bound);
			ipmasq_policy_free(policy);
		}
	}
}

/* Sources that are one prefix together take one rule. */
static void test_minimal(void)
{
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_ruleset *ruleset = NULL;
	char text[4096] = "nonMasqueradeSrcCIDRs: [10.244.0.0/24]\npodCIDRs:\n";

	for (int i = 0; i < 128; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "- 10.244.%d.0/24\n", i);
	policy = policy_of(text, IPMASQ_LAYOUT_AUTO);
	if (CHECK(policy && ipmasq_ruleset_new(policy, IPMASQ_IPV4, 0, &ruleset) == 0, "ruleset"))
		CHECK(ruleset->chains[0].count == 2, "the range, and the exception");
	ipmasq_ruleset_free(ruleset);
	ipmasq_policy_free(policy);
	ruleset = NULL;
	policy = policy_of("podCIDRs: [0.0.0.0/1, 128.0.0.0/1]\n", IPMASQ_LAYOUT_TREE);
	if (CHECK(policy && ipmasq_ruleset_new(policy, IPMASQ_IPV4, 0, &ruleset) == 0, "ruleset"))
		CHECK(ruleset->pods == 0, "no rule for sources where all are the policy's");
	ipmasq_ruleset_free(ruleset);
	ipmasq_policy_free(policy);
}

/* No chain is led to before it is there, in a script of several transactions. */
static void test_blocks(void)
{
	struct ipmasq_policy *policy = large_policy(300, 100, 2000, IPMASQ_IPV4);
	const struct script_edits fresh = { .add_jump = true };
	struct ipmasq_ruleset *ruleset = NULL;
	struct sim *sim = sim_new(4);
	struct buf buf = BUF_INIT;
	char error[SIM_ERROR_MAX] = "";

	if (CHECK(policy && sim && ipmasq_ruleset_new(policy, IPMASQ_IPV4, 0, &ruleset) == 0,
		  "ruleset")) {
		CHECK(ruleset->count > 100, "many chains");
		script_write_blocks(&buf, ruleset, &fresh, 50);
		/* The interpreter refuses a rule that leads to a chain that is not there. */
		CHECK(!buf.error && sim_restore(sim, buf.data, error) == 0, error);
	}
	buf_release(&buf);
	sim_free(sim);
	ipmasq_ruleset_free(ruleset);
	ipmasq_policy_free(policy);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "entries of a policy, and their places", test_entries },
		{ "the path of a packet", test_traces },
		{ "lines and their entries", test_lines },
		{ "many podCIDRs: few rules on a path, proved", test_large },
		{ "the fewest prefixes", test_minimal },
		{ "chains are there before rules lead to them", test_blocks },
	};

	return unit_main("podCIDRs", tests, ARRAY_SIZE(tests));
}
