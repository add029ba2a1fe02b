/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods of several networks as rules: every source gets to its network, the networks' rules are
 * their policies, a packet meets few rules, and what is read back is what was written. And what the
 * proof of all this refuses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/layout_tree.h"
#include "rules/proof.h"
#include "rules/proof_pods.h"
#include "support/pod_sets.h"
#include "support/unit.h"

static const struct {
	const char *name;
	unsigned int flags;
} forms[] = { { "iptables", 0 }, { "nftables", IPMASQ_NFTABLES } };

static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };

static int prove_ways(const struct pod_set *set, const struct ipmasq_ruleset *ruleset, char **why)
{
	struct pod_way *ways = calloc(set->count + 1, sizeof(*ways));
	int r;

	for (size_t i = 0; i < set->count; i++) {
		ways[i].source = set->pods[i].address;
		ways[i].chain = set->networks[set->pods[i].network].first;
	}
	r = proof_pods(ruleset, ways, set->count, why);
	free(ways);
	return r;
}

static int prove_networks(const struct pod_set *set, const struct ipmasq_ruleset *ruleset)
{
	int r = 0;

	for (size_t i = 0; i < set->network_count && r == 0; i++) {
		const struct pod_network *network = &set->networks[i];
		struct ipmasq_ruleset *part = NULL;

		if (network->count == 0 || !network->policy)
			continue;
		r = pod_set_part(network, ruleset, &part);
		if (r == 0)
			r = proof_check(part, part->count, network->policy, network->random_fully,
					NULL);
		ipmasq_ruleset_free(part);
	}
	return r;
}

/* The rules that a source meets before it is in its network, and the chains. */
static void measure(const struct ipmasq_ruleset *ruleset, const struct pod_set *set,
		    struct addr source, size_t *rules, size_t *chains)
{
	uint32_t at = 0;
	bool arrived = false;

	*rules = *chains = 0;
	while (!arrived) {
		const struct chain *chain = &ruleset->chains[at];
		size_t i = 0;

		++*chains;
		while (i < chain->count && !prefix_has(&chain->rules[i].src, source))
			i++;
		*rules += i < chain->count ? i + 1 : i;
		arrived = i == chain->count || rule_label(ruleset, &chain->rules[i]);
		at = arrived ? at : chain->rules[i].chain;
	}
	(void)set;
}

static void check_names(const struct ipmasq_ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->count; i++) {
		CHECK(strlen(ruleset->chains[i].name) <= CHAIN_NAME_MAX, "a name that fits");
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(ruleset->chains[i].name, ruleset->chains[j].name) != 0,
			      "names differ");
	}
}

static void check_walk(const struct ipmasq_ruleset *ruleset, const struct pod_set *set)
{
	size_t most = 0;
	size_t all = 0;

	for (size_t i = 0; i < set->count; i++) {
		size_t rules;
		size_t chains;

		measure(ruleset, set, set->pods[i].address, &rules, &chains);
		most = rules > most ? rules : most;
		all += rules;
		CHECK(chains <= SOURCE_LEVELS_MAX, "chains on a way");
	}
	/* Of 500, in groups of 16, and chains for more than 32 of them. */
	CHECK(most <= 100, "rules on a way");
	CHECK(all <= 40 * set->count, "rules on a way on average");
}

static void check_map(const struct ipmasq_ruleset *ruleset, const struct pod_set *set)
{
	const struct chain *first = &ruleset->chains[0];

	CHECK(first->count == set->count, "one element per address");
	for (size_t i = 0; i < first->count; i++)
		CHECK(first->rules[i].in_map, "in one map");
}

static void judge(enum ipmasq_family family, enum pods_spread spread, unsigned int flags,
		  const char *what)
{
	struct sample_pods pods;
	struct ipmasq_ruleset *ruleset;
	char *why = NULL;

	if (!sample_pods_make(&pods, family, spread, 500, 7))
		return;
	CHECK(pods.set.count > 400, "addresses differ");
	ruleset = sample_pods_build(&pods.set, flags, 'a');
	if (ruleset) {
		CHECK(prove_ways(&pods.set, ruleset, &why) == 0, why ? why : what);
		CHECK(prove_networks(&pods.set, ruleset) == 0, what);
		check_names(ruleset);
		if (flags & IPMASQ_NFTABLES)
			check_map(ruleset, &pods.set);
		else
			check_walk(ruleset, &pods.set);
	}
	free(why);
	ipmasq_ruleset_free(ruleset);
	sample_pods_release(&pods);
}

static void test_all_spreads(void)
{
	for (size_t f = 0; f < ARRAY_SIZE(families); f++)
		for (enum pods_spread s = 0; s < PODS_SPREADS; s++)
			for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
				judge(families[f], s, forms[i].flags, pods_spread_names[s]);
}

static bool is_seventh(const struct pod_label *label, const void *context)
{
	(void)context;
	return label->id[label->id_len - 1] == '7';
}

static bool is_of_net_1(const struct pod_label *label, const void *context)
{
	(void)context;
	return label->network_len == 5 && strncmp(label->network, "net-1", 5) == 0;
}

/* What is read of a ruleset are the pods that it was made of. */
static void check_same(const struct pod_set *a, const struct pod_set *b)
{
	if (!CHECK(a->count == b->count, "as many"))
		return;
	for (size_t i = 0; i < a->count; i++) {
		CHECK(addr_equal(a->pods[i].address, b->pods[i].address), "address");
		CHECK_STRING(a->pods[i].label, b->pods[i].label, "label");
	}
}

/* @letter: of the next generation. With iptables it stays the same. */
static void check_change(struct sample_pods *pods, const struct ipmasq_ruleset *ruleset,
			 unsigned int flags, char letter)
{
	struct ipmasq_ruleset *next;
	struct pod_set again;
	char *why = NULL;

	CHECK(pod_set_read(&again, ruleset, PODS_ROOT) == 0, "read");
	check_same(&again, &pods->set);
	pod_set_remove(&again, is_seventh, NULL);
	pod_set_remove(&again, is_of_net_1, NULL);
	next = sample_pods_build(&again, flags, letter);
	if (next) {
		CHECK(prove_ways(&again, next, &why) == 0, why ? why : "ways");
		/* Taken over, they still are the policies. */
		for (size_t i = 0; i < again.network_count; i++) {
			struct pod_network *network = &again.networks[i];

			network->policy = pods->policies[(size_t)(network->name[4] - '0') % 3];
			network->random_fully = pods->set.networks[0].random_fully;
			CHECK((network->count == 0) == (network->name[4] == '1'),
			      "a network without pods has no chains");
		}
		CHECK(prove_networks(&again, next) == 0, "policies");
		for (size_t i = 1; i < next->count; i++)
			CHECK(next->chains[i].kept ==
				      (letter == 'a' &&
				       next->chains[i].name[sizeof(PODS_ROOT ".ba6a.a") - 1] ==
					       'n'),
			      "kept where the name stays");
	}
	free(why);
	ipmasq_ruleset_free(next);
	pod_set_release(&again);
}

static void test_changes(void)
{
	for (size_t f = 0; f < ARRAY_SIZE(families); f++)
		for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
			struct ipmasq_ruleset *ruleset;
			struct sample_pods pods;

			if (!sample_pods_make(&pods, families[f], PODS_ANYWHERE, 60, 3))
				return;
			ruleset = sample_pods_build(&pods.set, forms[i].flags, 'a');
			if (ruleset)
				check_change(&pods, ruleset, forms[i].flags, i ? 'b' : 'a');
			ipmasq_ruleset_free(ruleset);
			sample_pods_release(&pods);
		}
}

/* A rule that is not understood stays where it is, and cannot be written anew. */
static void test_odd_rules(void)
{
	const struct pod_form anew = { .flags = 0, .generation = 'b', .first = PODS_ROOT };
	struct ipmasq_ruleset *ruleset;
	struct ipmasq_ruleset *next = NULL;
	struct pod_set again;
	struct sample_pods pods;
	uint32_t odd = 0;

	if (!sample_pods_make(&pods, IPMASQ_IPV4, PODS_ONE_AFTER_THE_OTHER, 3, 1))
		return;
	ruleset = sample_pods_build(&pods.set, 0, 'a');
	if (!ruleset)
		return;
	ruleset->chains[pods.set.networks[0].first].rules[0].opaque = true;
	CHECK(pod_set_read(&again, ruleset, PODS_ROOT) == 0, "read");
	CHECK(pod_set_build(&again, &anew, &next, &odd) == -EPROTO, "not anew");
	CHECK(odd == pods.set.networks[0].first, "which chain");
	next = sample_pods_build(&again, 0, 'a');
	CHECK(next && next->chains[again.networks[0].first].kept, "but as it is");
	ipmasq_ruleset_free(next);
	pod_set_release(&again);
	ipmasq_ruleset_free(ruleset);
	sample_pods_release(&pods);
}

/* Faults that the proof must find, each in a ruleset that was right. */
static struct chain *chain_of_pods(struct ipmasq_ruleset *r)
{
	return &r->chains[r->count - 1];
}

static void forget_rule(struct ipmasq_ruleset *r)
{
	chain_of_pods(r)->count--;
}

static void swap_networks(struct ipmasq_ruleset *r)
{
	struct chain *chain = chain_of_pods(r);

	for (size_t i = 1; i < chain->count; i++)
		if (chain->rules[i].chain != chain->rules[0].chain) {
			chain->rules[0].chain = chain->rules[i].chain;
			return;
		}
}

static void widen(struct ipmasq_ruleset *r)
{
	struct rule *rule = &chain_of_pods(r)->rules[chain_of_pods(r)->count - 1];

	rule->src.len = 20;
	rule->src.addr.hi &= ~UINT64_C(0) << 44;
}

static void lead_all(struct ipmasq_ruleset *r)
{
	struct rule *rule = &chain_of_pods(r)->rules[chain_of_pods(r)->count - 1];

	rule->src.len = 0;
	rule->src.addr.hi = 0;
}

static void look_at_destination(struct ipmasq_ruleset *r)
{
	chain_of_pods(r)->rules[0].dst.len = 8;
}

static void ask_protocol(struct ipmasq_ruleset *r)
{
	chain_of_pods(r)->rules[0].proto = 6;
}

static void be_odd(struct ipmasq_ruleset *r)
{
	chain_of_pods(r)->rules[0].opaque = true;
}

static void go_round(struct ipmasq_ruleset *r)
{
	chain_of_pods(r)->rules[0].chain = 0;
}

static void go_to_nowhere(struct ipmasq_ruleset *r)
{
	chain_of_pods(r)->rules[0].target = TARGET_RETURN;
}

static void test_faults(void)
{
	static const struct {
		const char *name;
		void (*make)(struct ipmasq_ruleset *ruleset);
	} faults[] = {
		{ "a pod without a rule", forget_rule },  { "the wrong network", swap_networks },
		{ "more than the pod", widen },		  { "everything", lead_all },
		{ "a destination", look_at_destination }, { "a protocol", ask_protocol },
		{ "a rule that is not ours", be_odd },	  { "a circle", go_round },
		{ "a pod that returns", go_to_nowhere },
	};

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		struct ipmasq_ruleset *ruleset;
		struct sample_pods pods;
		char *why = NULL;

		if (!sample_pods_make(&pods, IPMASQ_IPV4, PODS_ONE_AFTER_THE_OTHER, 4, 2))
			return;
		ruleset = sample_pods_build(&pods.set, 0, 'a');
		if (!ruleset)
			return;
		CHECK(prove_ways(&pods.set, ruleset, NULL) == 0, "without the fault");
		faults[i].make(ruleset);
		CHECK(prove_ways(&pods.set, ruleset, &why) == -EDOM, faults[i].name);
		CHECK(why && *why, "it says why");
		free(why);
		ipmasq_ruleset_free(ruleset);
		sample_pods_release(&pods);
	}
}

/* Networks whose keys would be the same get different ones: there are 46,656. */
static void test_many_networks(void)
{
	struct ipmasq_ruleset *ruleset;
	struct sample_pods pods;

	if (!sample_pods_make(&pods, IPMASQ_IPV4, PODS_ONE_AFTER_THE_OTHER, 1500, 1500))
		return;
	for (size_t i = 0; i < pods.set.network_count; i++)
		pods.set.networks[i].policy = pods.policies[0];
	ruleset = sample_pods_build(&pods.set, IPMASQ_NFTABLES, 'a');
	for (size_t i = 0; i < pods.set.network_count; i++)
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(pods.set.networks[i].key, pods.set.networks[j].key) != 0,
			      "keys differ");
	ipmasq_ruleset_free(ruleset);
	sample_pods_release(&pods);
}

/* An address belongs to one pod: the one that came last. */
static void test_addresses(void)
{
	char label[POD_LABEL_MAX + 1];
	struct sample_pods pods;

	if (!sample_pods_make(&pods, IPMASQ_IPV4, PODS_ONE_AFTER_THE_OTHER, 3, 1))
		return;
	pod_label_write("other", "new", "eth0", label);
	CHECK(pod_set_add(&pods.set, sample_pods_address(IPMASQ_IPV4, PODS_ONE_AFTER_THE_OTHER, 1),
			  label) == 0,
	      "taken over");
	CHECK(pods.set.count == 3, "no copies");
	CHECK_STRING(pods.set.pods[1].label, label, "the new one's");
	CHECK(pod_set_network(&pods.set, "other", 5) != NULL, "its network");
	sample_pods_release(&pods);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "500 pods, however their addresses lie", test_all_spreads },
		{ "pods that go, and networks with them", test_changes },
		{ "rules that are not understood", test_odd_rules },
		{ "faults that the proof finds", test_faults },
		{ "many networks", test_many_networks },
		{ "an address that changes hands", test_addresses },
	};

	return unit_main("pods", tests, ARRAY_SIZE(tests));
}
