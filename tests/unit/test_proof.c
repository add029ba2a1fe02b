/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof accepts correct rulesets only. Rulesets are damaged as a mistake could damage them. One
 * that still passes must have the same verdicts for all packets that could show a difference.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/layout_tree.h"
#include "sim/oracle.h"
#include "policy/partition.h"
#include "rules/proof.h"
#include "support/rules_text.h"
#include "support/unit.h"

static struct ipmasq_ruleset *copy_ruleset(const struct ipmasq_ruleset *from)
{
	struct ipmasq_ruleset *copy = NULL;

	if (ruleset_new_empty(from->family, &copy) < 0)
		return NULL;
	copy->policy = from->policy;
	copy->random_fully = from->random_fully;
	for (size_t i = 0; i < from->count; i++) {
		const struct chain *chain = &from->chains[i];
		uint32_t index;

		ruleset_add_chain(copy, chain->name, strlen(chain->name), &index);
		for (size_t j = 0; j < chain->count; j++)
			chain_add_rule(&copy->chains[index], &chain->rules[j]);
	}
	return copy;
}

static void flip_bit(struct prefix *prefix, struct random *random)
{
	unsigned int bit;

	if (prefix->len == 0)
		return;
	bit = random_below(random, prefix->len);
	if (bit < 64)
		prefix->addr.hi ^= (uint64_t)1 << (63 - bit);
	else
		prefix->addr.lo ^= (uint64_t)1 << (127 - bit);
}

static void change_length(struct prefix *prefix, struct random *random)
{
	struct addr mask;

	if (random_below(random, 2) && prefix->len > 0)
		prefix->len--;
	else if (prefix->len < family_bits(prefix->family))
		prefix->len++;
	mask = addr_mask(prefix->len);
	prefix->addr.hi &= mask.hi;
	prefix->addr.lo &= mask.lo;
}

enum mutation {
	DROP,
	SWAP,
	RETARGET,
	FLIP_BIT,
	CHANGE_LENGTH,
	DUPLICATE_ELSEWHERE,
	OPAQUE,
	OTHER_TARGET,
	NOT_LOCAL,
	CHANGE_PROTO,
	CHANGE_PROBABILITY,
	CHANGE_PORTS,
	CHANGE_RANDOM_FULLY,
	SOURCE_FOR_DESTINATION,
	MUTATIONS,
};

/* Returns whether the ruleset was changed. */
static bool mutate(struct chain *chain, enum mutation mutation, struct random *random)
{
	uint32_t at = random_below(random, (uint32_t)chain->count);
	uint32_t other = random_below(random, (uint32_t)chain->count);
	struct rule *rule = &chain->rules[at];
	struct rule was = *rule;

	switch (mutation) {
	case DROP:
		memmove(rule, rule + 1, (chain->count - at - 1) * sizeof(*rule));
		chain->count--;
		return true;
	case SWAP:
		*rule = chain->rules[other];
		chain->rules[other] = was;
		return at != other && !rule_equal(rule, &was);
	case DUPLICATE_ELSEWHERE:
		chain->rules[other] = was;
		return at != other;
	case RETARGET:
		rule->target = was.target == TARGET_RETURN ? TARGET_MASQUERADE : TARGET_RETURN;
		rule->random_fully = rule->target == TARGET_MASQUERADE;
		return true;
	case FLIP_BIT:
		flip_bit(rule->src.len ? &rule->src : &rule->dst, random);
		break;
	case CHANGE_LENGTH:
		change_length(rule->src.len ? &rule->src : &rule->dst, random);
		break;
	case OPAQUE:
		rule->opaque = true;
		return true;
	case OTHER_TARGET:
		rule->target = TARGET_OTHER;
		return true;
	case NOT_LOCAL:
		rule->not_local = true;
		return true;
	case CHANGE_PROTO:
		rule->proto = was.proto == 6 ? 17 : 6;
		break;
	case CHANGE_PROBABILITY:
		rule->probability = was.probability == PROBABILITY_ONE ? PROBABILITY_ONE / 2
								       : PROBABILITY_ONE;
		break;
	case CHANGE_PORTS:
		rule->ports = was.ports.first ? (struct port_range){ 0 }
					      : (struct port_range){ 1024, 2048 };
		break;
	case CHANGE_RANDOM_FULLY:
		rule->random_fully = !was.random_fully;
		break;
	case SOURCE_FOR_DESTINATION:
		rule->src = was.dst;
		rule->dst = was.src;
		break;
	case MUTATIONS:
		break;
	}
	return !rule_equal(rule, &was);
}

static bool prefix_matches(const struct prefix *prefix, struct addr addr)
{
	struct addr mask = addr_mask(prefix->len);

	return (addr.hi & mask.hi) == prefix->addr.hi && (addr.lo & mask.lo) == prefix->addr.lo;
}

/* The verdict of the first matching rule for one packet; -1 if the rules have no plain verdict. */
static int run_rules(const struct chain *chain, struct addr src, struct addr dst)
{
	for (size_t i = 0; i < chain->count; i++) {
		const struct rule *rule = &chain->rules[i];

		if (!prefix_matches(&rule->src, src) || !prefix_matches(&rule->dst, dst))
			continue;
		if (rule->opaque || rule->not_local || rule->target == TARGET_OTHER)
			return -1;
		/* A plain rule must follow for the rest; both rules masquerade. */
		return rule->target == TARGET_MASQUERADE ? IPMASQ_MASQUERADE : IPMASQ_RETURN;
	}
	return IPMASQ_RETURN;
}

/*
 * Tries the boundaries of every prefix before and after the change, as source and as destination.
 * If the two sets of rules differ for any packet, they differ at one of these.
 */
static size_t boundaries(const struct chain *a, const struct chain *b, bool sources,
			 struct addr *points)
{
	const struct chain *chains[] = { a, b };
	size_t count = 0;

	points[count++] = (struct addr){ 0, 0 };
	for (size_t c = 0; c < 2; c++) {
		for (size_t i = 0; i < chains[c]->count; i++) {
			const struct rule *rule = &chains[c]->rules[i];
			const struct prefix *prefix = sources ? &rule->src : &rule->dst;

			if (prefix->len == 0)
				continue;
			points[count++] = prefix->addr;
			points[count++] = addr_next(prefix_last(prefix));
		}
	}
	return count;
}

static bool same_function(const struct chain *a, const struct chain *b)
{
	struct addr *src = calloc(2 * (a->count + b->count) + 1, sizeof(*src));
	struct addr *dst = calloc(2 * (a->count + b->count) + 1, sizeof(*dst));
	size_t sources = boundaries(a, b, true, src);
	size_t destinations = boundaries(a, b, false, dst);
	bool same = true;

	for (size_t i = 0; i < sources && same; i++)
		for (size_t j = 0; j < destinations && same; j++)
			same = run_rules(a, src[i], dst[j]) == run_rules(b, src[i], dst[j]);
	free(src);
	free(dst);
	return same;
}

static void check_mutations(const struct ipmasq_ruleset *ruleset, struct random *random,
			    unsigned int *caught, unsigned int *equal)
{
	for (int m = 0; m < MUTATIONS; m++) {
		struct ipmasq_ruleset *damaged = copy_ruleset(ruleset);
		char *why = NULL;
		int r;

		if (!CHECK(damaged != NULL, "copy"))
			return;
		if (!mutate(&damaged->chains[0], (enum mutation)m, random)) {
			ipmasq_ruleset_free(damaged);
			continue;
		}
		r = proof_check(damaged, damaged->count, ruleset->policy, ruleset->random_fully,
				&why);
		if (r == 0) {
			CHECK(same_function(&ruleset->chains[0], &damaged->chains[0]),
			      "a ruleset that passes has the same verdicts");
			++*equal;
		} else {
			CHECK(r == -EDOM && why && why[0], "a ruleset that fails has a reason");
			++*caught;
		}
		/* The proof must refuse different verdicts. It may refuse other rulesets as well.
		 */
		free(why);
		ipmasq_ruleset_free(damaged);
	}
}

static void test_mutations(void)
{
	struct random random = { 30 };
	unsigned int caught = 0;
	unsigned int equal = 0;

	for (int i = 0; i < 400; i++) {
		struct ipmasq_policy *policy = NULL;
		struct oracle oracle;

		oracle_random(&oracle, &random, 12);
		oracle.layout = IPMASQ_LAYOUT_LINEAR;
		if (!CHECK(oracle_policy(&oracle, &policy) == 0, "policy"))
			return;
		for (int f = 0; f < 2; f++) {
			struct ipmasq_ruleset *ruleset = NULL;

			if (CHECK(ipmasq_ruleset_new(policy, f ? IPMASQ_IPV6 : IPMASQ_IPV4, 0,
						     &ruleset) == 0,
				  "ruleset") &&
			    ruleset->chains[0].count > 0)
				check_mutations(ruleset, &random, &caught, &equal);
			ipmasq_ruleset_free(ruleset);
		}
		ipmasq_policy_free(policy);
	}
	/* Without both kinds, the test would prove nothing. */
	CHECK(caught > 1000, "enough harmful mutations");
	CHECK(equal > 100, "enough harmless mutations");
	printf("(%u caught, %u harmless) ", caught, equal);
}

static struct ipmasq_policy *policy_of(const char *masquerade, const char *keep, const char *source)
{
	static const char *const none[] = { NULL };

	return policy_from_text(masquerade, keep, source, none);
}

/* The policy: keep 10.0.0.0/8 and 169.254.0.0/16, masquerade 10.1.0.0/16 and everything else. */
static const struct {
	const char *what;
	/* nonMasqueradeSrcCIDRs */
	const char *source;
	const char *rules[RULES_CHAINS][RULES_MAX];
	/* A part of the reason, or NULL for a ruleset that is right. */
	const char *why;
} hand_made[] = {
	{ "in order",
	  NULL,
	  { { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  NULL },
	{ "a goto that ends the decision",
	  NULL,
	  { { "d10.0.0.0/8 G1", "d169.254.0.0/16 R", "* M" }, { "d10.1.0.0/16 M", "* R" } },
	  NULL },
	{ "the end of a chain after a goto means RETURN",
	  NULL,
	  { { "d10.0.0.0/8 G1", "d169.254.0.0/16 R", "* M" }, { "d10.1.0.0/16 M" } },
	  NULL },
	{ "nested gotos, and one chain reached from two",
	  NULL,
	  { { "d10.0.0.0/8 G1", "d169.254.0.0/16 R", "* G3" },
	    { "d10.1.0.0/16 G2", "* R" },
	    { "* G3" },
	    { "* M" } },
	  NULL },
	{ "a rule that can never decide",
	  NULL,
	  { { "d10.1.0.0/16 M", "d10.1.2.0/24 R", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  NULL },
	{ "the last rule missing",
	  NULL,
	  { { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R" } },
	  "a packet to 0.0.0.0: the rules say RETURN, but the policy MASQUERADE, by masqOutBound" },
	{ "two rules swapped",
	  NULL,
	  { { "d10.0.0.0/8 R", "d10.1.0.0/16 M", "d169.254.0.0/16 R", "* M" } },
	  "a packet to 10.1.0.0: the rules say RETURN, but the policy MASQUERADE, by "
	  "masqueradeCIDRs 10.1.0.0/16" },
	{ "a goto does not return",
	  NULL,
	  { { "d10.1.0.0/16 M", "d0.0.0.0/1 G1", "d169.254.0.0/16 R", "* M" },
	    { "d10.0.0.0/8 R" } },
	  "a packet to 0.0.0.0" },
	{ "a circle of chains",
	  NULL,
	  { { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* G1" },
	    { "* G2" },
	    { "* G1" } },
	  "circle" },
	{ "a goto to the first chain",
	  NULL,
	  { { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* G1" }, { "* G0" } },
	  "circle" },
	{ "an empty chain", NULL, { { NULL } }, "the rules say RETURN" },
	{ "a source first",
	  "10.9.0.0/16",
	  { { "s10.9.0.0/16 R", "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  NULL },
	{ "a source in two halves",
	  "10.8.0.0/15",
	  { { "s10.9.0.0/16 R", "s10.8.0.0/16 R", "d10.1.0.0/16 M", "d169.254.0.0/16 R",
	      "d10.0.0.0/8 R", "* M" } },
	  NULL },
	{ "a source missing",
	  "10.9.0.0/16",
	  { { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  "a packet from 10.9.0.0: the policy always returns it" },
	{ "half of a source missing",
	  "10.8.0.0/15",
	  { { "s10.8.0.0/16 R", "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  "a packet from 10.9.0.0" },
	{ "a source too many",
	  NULL,
	  { { "s10.9.0.0/16 R", "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  "a packet from 10.9.0.0: the rules always return it" },
	{ "a source after destinations",
	  "10.9.0.0/16",
	  { { "d10.1.0.0/16 M", "s10.9.0.0/16 R", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  "a packet from 10.9.0.0: the policy always returns it" },
	{ "every source", "0.0.0.0/0", { { "* R", "d10.1.0.0/16 M", "* M" } }, NULL },
};

static void test_hand_made(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(hand_made); i++) {
		struct ipmasq_policy *policy =
			policy_of("10.1.0.0/16", "10.0.0.0/8", hand_made[i].source);
		struct ipmasq_ruleset *ruleset = rules_from_text(hand_made[i].rules);
		char *why = NULL;
		int r;

		if (!CHECK(policy && ruleset, hand_made[i].what))
			return;
		r = proof_check(ruleset, ruleset->count, policy, false, &why);
		if (!hand_made[i].why)
			CHECK(r == 0, hand_made[i].what);
		else if (CHECK(r == -EDOM && why, hand_made[i].what) &&
			 !CHECK(strstr(why, hand_made[i].why) != NULL, hand_made[i].what))
			printf("got: %s\n", why);
		free(why);
		ipmasq_ruleset_free(ruleset);
		ipmasq_policy_free(policy);
	}
}

/* If a policy masquerades nothing, sources make no difference. */
static void test_sources_do_not_matter_when_nothing_is_masqueraded(void)
{
	struct ipmasq_policy *policy = policy_of(NULL, "0.0.0.0/0", "10.9.0.0/16");
	const char *const rules[RULES_CHAINS][RULES_MAX] = { { "* R" } };
	struct ipmasq_ruleset *ruleset = rules_from_text(rules);

	if (CHECK(policy && ruleset, "built"))
		CHECK(proof_check(ruleset, ruleset->count, policy, false, NULL) == 0, "equal");
	ipmasq_ruleset_free(ruleset);
	ipmasq_policy_free(policy);
}

/* A node may have more chains than the policy. They matter only if a rule leads to them. */
static void test_only_some_chains_are_judged(void)
{
	struct ipmasq_policy *policy = policy_of("10.1.0.0/16", "10.0.0.0/8", NULL);
	const char *const rules[RULES_CHAINS][RULES_MAX] = {
		{ "d10.0.0.0/8 G1", "d169.254.0.0/16 R", "* M" },
		{ "d10.1.0.0/16 M", "* R" },
		{ "d10.2.0.0/16 M", "* G2" },
	};
	struct ipmasq_ruleset *ruleset = rules_from_text(rules);
	char *why = NULL;

	if (!CHECK(policy && ruleset, "built"))
		return;
	CHECK(proof_check(ruleset, 2, policy, false, NULL) == 0, "the other chains are ignored");
	CHECK(proof_check(ruleset, 1, policy, false, &why) == -EDOM, "a goto leads to another");
	if (CHECK(why != NULL, "says why"))
		CHECK(strstr(why, "chain C1") != NULL, why);
	free(why);
	ipmasq_ruleset_free(ruleset);
	ipmasq_policy_free(policy);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "right and wrong rulesets, each with its reason", test_hand_made },
		{ "damage is found, or changes no verdict", test_mutations },
		{ "a proof of some chains", test_only_some_chains_are_judged },
		{ "sources do not matter when nothing is masqueraded",
		  test_sources_do_not_matter_when_nothing_is_masqueraded },
	};

	return unit_main("proof", tests, ARRAY_SIZE(tests));
}
