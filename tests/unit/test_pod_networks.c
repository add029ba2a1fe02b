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
#include "rules/pod_set.h"
#include "rules/proof.h"
#include "rules/proof_pods.h"
#include "support/prefix_sets.h"
#include "support/unit.h"

#define ROOT "IPMASQ"

static const struct {
	const char *name;
	unsigned int flags;
} forms[] = { { "iptables", 0 }, { "nftables", IPMASQ_NFTABLES } };

static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };

/* How the addresses of pods lie. */
enum spread { ONE_AFTER_THE_OTHER, ANYWHERE, EACH_INSIDE_THE_LAST, SPREADS };

static const char *const spread_names[SPREADS] = { "one after the other", "anywhere", "a comb" };

static struct addr address_of(enum ipmasq_family family, enum spread spread, size_t index)
{
	uint64_t base = family == IPMASQ_IPV6 ? UINT64_C(0xfd00000000000000) : UINT64_C(10) << 56;
	struct addr address = { .hi = base };
	uint64_t mixed = (index + 1) * UINT64_C(0x9e3779b97f4a7c15);

	if (spread == ANYWHERE)
		address.hi |= mixed >> 8 &
			      (family == IPMASQ_IPV6 ? UINT64_MAX : ~UINT64_C(0xffffffff));
	else if (spread == ONE_AFTER_THE_OTHER && family == IPMASQ_IPV4)
		address.hi |= (uint64_t)index << 32;
	else if (spread == ONE_AFTER_THE_OTHER)
		address.lo = index;
	/* One per length, again and again a little further. */
	else if (family == IPMASQ_IPV4)
		address.hi |= (UINT64_C(1) << (32 + index % 24)) + ((uint64_t)(index / 24) << 32);
	else
		address.lo = (UINT64_C(1) << (index % 60)) + index / 60;
	return address;
}

struct pods {
	struct ipmasq_policy *policies[3];
	struct pod_set set;
	struct ipmasq_ruleset *none;
	/* Of the pods, which the set points to. */
	char (*labels)[POD_LABEL_MAX + 1];
};

static void make_policies(struct pods *pods, enum ipmasq_family family)
{
	pods->policies[0] = set_policy(SET_RANDOM, 5, family, 1);
	pods->policies[1] = set_policy(SET_NESTED, 300, family, 2);
	pods->policies[2] = set_policy(SET_HOSTS, 40, family, 3);
}

static void set_policies(struct pods *pods)
{
	for (size_t i = 0; i < pods->set.network_count; i++) {
		char last = pods->set.networks[i].name[pods->set.networks[i].name_len - 1];

		pods->set.networks[i].policy = pods->policies[(size_t)(last - '0') % 3];
	}
}

/* Pods of so many networks, in turn. */
static bool make_pods(struct pods *pods, enum ipmasq_family family, enum spread spread,
		      size_t count, size_t networks)
{
	*pods = (struct pods){ .none = NULL };
	make_policies(pods, family);
	pods->labels = calloc(count, sizeof(*pods->labels));
	if (!CHECK(pods->labels && pods->policies[0] && pods->policies[1] && pods->policies[2] &&
			   ruleset_new_empty(family, &pods->none) == 0 &&
			   pod_set_read(&pods->set, pods->none, ROOT) == 0,
		   "pods"))
		return false;
	for (size_t i = 0; i < count; i++) {
		char network[32];
		char id[32];

		snprintf(network, sizeof(network), "net-%zu", i % networks);
		snprintf(id, sizeof(id), "pod-%zu", i);
		pod_label_write(network, id, "eth0", pods->labels[i]);
		CHECK(pod_set_add(&pods->set, address_of(family, spread, i), pods->labels[i]) == 0,
		      "added");
	}
	set_policies(pods);
	return true;
}

static void release_pods(struct pods *pods)
{
	pod_set_release(&pods->set);
	ipmasq_ruleset_free(pods->none);
	for (size_t i = 0; i < ARRAY_SIZE(pods->policies); i++)
		ipmasq_policy_free(pods->policies[i]);
	free(pods->labels);
}

static struct ipmasq_ruleset *build(struct pod_set *set, unsigned int flags, char generation)
{
	const struct pod_form form = { .flags = flags, .generation = generation, .first = ROOT };
	struct ipmasq_ruleset *ruleset = NULL;
	uint32_t odd = 0;

	CHECK(pod_set_build(set, &form, &ruleset, &odd) == 0, "built");
	return ruleset;
}

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

	for (size_t i = 0; i < set->count; i++) {
		size_t rules;
		size_t chains;

		measure(ruleset, set, set->pods[i].address, &rules, &chains);
		most = rules > most ? rules : most;
		CHECK(chains <= SOURCE_LEVELS_MAX, "chains on a way");
	}
	/* Of 500, with leaves of 4. */
	CHECK(most <= 40, "rules on a way");
}

static void check_map(const struct ipmasq_ruleset *ruleset, const struct pod_set *set)
{
	const struct chain *first = &ruleset->chains[0];

	CHECK(first->count == set->count, "one element per address");
	for (size_t i = 0; i < first->count; i++)
		CHECK(first->rules[i].in_map, "in one map");
}

static void judge(enum ipmasq_family family, enum spread spread, unsigned int flags,
		  const char *what)
{
	struct pods pods;
	struct ipmasq_ruleset *ruleset;
	char *why = NULL;

	if (!make_pods(&pods, family, spread, 500, 7))
		return;
	CHECK(pods.set.count > 400, "addresses differ");
	ruleset = build(&pods.set, flags, 'a');
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
	release_pods(&pods);
}

static void test_all_spreads(void)
{
	for (size_t f = 0; f < ARRAY_SIZE(families); f++)
		for (enum spread s = 0; s < SPREADS; s++)
			for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
				judge(families[f], s, forms[i].flags, spread_names[s]);
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
static void check_change(struct pods *pods, const struct ipmasq_ruleset *ruleset,
			 unsigned int flags, char letter)
{
	struct ipmasq_ruleset *next;
	struct pod_set again;
	char *why = NULL;

	CHECK(pod_set_read(&again, ruleset, ROOT) == 0, "read");
	check_same(&again, &pods->set);
	pod_set_remove(&again, is_seventh, NULL);
	pod_set_remove(&again, is_of_net_1, NULL);
	next = build(&again, flags, letter);
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
				       next->chains[i].name[sizeof(ROOT ".ba6a.a") - 1] == 'n'),
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
			struct pods pods;

			if (!make_pods(&pods, families[f], ANYWHERE, 60, 3))
				return;
			ruleset = build(&pods.set, forms[i].flags, 'a');
			if (ruleset)
				check_change(&pods, ruleset, forms[i].flags, i ? 'b' : 'a');
			ipmasq_ruleset_free(ruleset);
			release_pods(&pods);
		}
}

/* A rule that is not understood stays where it is, and cannot be written anew. */
static void test_odd_rules(void)
{
	const struct pod_form anew = { .flags = 0, .generation = 'b', .first = ROOT };
	struct ipmasq_ruleset *ruleset;
	struct ipmasq_ruleset *next = NULL;
	struct pod_set again;
	struct pods pods;
	uint32_t odd = 0;

	if (!make_pods(&pods, IPMASQ_IPV4, ONE_AFTER_THE_OTHER, 3, 1))
		return;
	ruleset = build(&pods.set, 0, 'a');
	if (!ruleset)
		return;
	ruleset->chains[pods.set.networks[0].first].rules[0].opaque = true;
	CHECK(pod_set_read(&again, ruleset, ROOT) == 0, "read");
	CHECK(pod_set_build(&again, &anew, &next, &odd) == -EPROTO, "not anew");
	CHECK(odd == pods.set.networks[0].first, "which chain");
	next = build(&again, 0, 'a');
	CHECK(next && next->chains[again.networks[0].first].kept, "but as it is");
	ipmasq_ruleset_free(next);
	pod_set_release(&again);
	ipmasq_ruleset_free(ruleset);
	release_pods(&pods);
}

/* Faults that the proof must find, each in a ruleset that was right. */
static void forget_rule(struct ipmasq_ruleset *r)
{
	r->chains[0].count--;
}

static void swap_networks(struct ipmasq_ruleset *r)
{
	struct rule *rule = &r->chains[0].rules[0];

	for (size_t i = 1; i < r->chains[0].count; i++)
		if (r->chains[0].rules[i].chain != rule->chain) {
			rule->chain = r->chains[0].rules[i].chain;
			return;
		}
}

static void widen(struct ipmasq_ruleset *r)
{
	struct rule *rule = &r->chains[0].rules[r->chains[0].count - 1];

	rule->src.len = 20;
	rule->src.addr.hi &= ~UINT64_C(0) << 44;
}

static void lead_all(struct ipmasq_ruleset *r)
{
	r->chains[0].rules[r->chains[0].count - 1].src.len = 0;
	r->chains[0].rules[r->chains[0].count - 1].src.addr.hi = 0;
}

static void look_at_destination(struct ipmasq_ruleset *r)
{
	r->chains[0].rules[0].dst.len = 8;
}

static void ask_protocol(struct ipmasq_ruleset *r)
{
	r->chains[0].rules[0].proto = 6;
}

static void be_odd(struct ipmasq_ruleset *r)
{
	r->chains[0].rules[0].opaque = true;
}

static void go_round(struct ipmasq_ruleset *r)
{
	r->chains[0].rules[0].chain = 0;
}

static void go_to_nowhere(struct ipmasq_ruleset *r)
{
	r->chains[0].rules[0].target = TARGET_RETURN;
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
		struct pods pods;
		char *why = NULL;

		if (!make_pods(&pods, IPMASQ_IPV4, ONE_AFTER_THE_OTHER, 4, 2))
			return;
		ruleset = build(&pods.set, 0, 'a');
		if (!ruleset)
			return;
		CHECK(prove_ways(&pods.set, ruleset, NULL) == 0, "without the fault");
		faults[i].make(ruleset);
		CHECK(prove_ways(&pods.set, ruleset, &why) == -EDOM, faults[i].name);
		CHECK(why && *why, "it says why");
		free(why);
		ipmasq_ruleset_free(ruleset);
		release_pods(&pods);
	}
}

/* Networks whose keys would be the same get different ones: there are 46,656. */
static void test_many_networks(void)
{
	struct ipmasq_ruleset *ruleset;
	struct pods pods;

	if (!make_pods(&pods, IPMASQ_IPV4, ONE_AFTER_THE_OTHER, 1500, 1500))
		return;
	for (size_t i = 0; i < pods.set.network_count; i++)
		pods.set.networks[i].policy = pods.policies[0];
	ruleset = build(&pods.set, IPMASQ_NFTABLES, 'a');
	for (size_t i = 0; i < pods.set.network_count; i++)
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(pods.set.networks[i].key, pods.set.networks[j].key) != 0,
			      "keys differ");
	ipmasq_ruleset_free(ruleset);
	release_pods(&pods);
}

/* An address belongs to one pod: the one that came last. */
static void test_addresses(void)
{
	char label[POD_LABEL_MAX + 1];
	struct pods pods;

	if (!make_pods(&pods, IPMASQ_IPV4, ONE_AFTER_THE_OTHER, 3, 1))
		return;
	pod_label_write("other", "new", "eth0", label);
	CHECK(pod_set_add(&pods.set, address_of(IPMASQ_IPV4, ONE_AFTER_THE_OTHER, 1), label) == 0,
	      "taken over");
	CHECK(pods.set.count == 3, "no copies");
	CHECK_STRING(pods.set.pods[1].label, label, "the new one's");
	CHECK(pod_set_network(&pods.set, "other", 5) != NULL, "its network");
	release_pods(&pods);
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
