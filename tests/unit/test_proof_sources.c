/* SPDX-License-Identifier: Apache-2.0 */
/* The proof judges sources and destinations together: rules for sources, wherever they stand. */
#include <string.h>

#include "rules/proof.h"
#include "sim/oracle.h"
#include "support/rules_text.h"
#include "support/unit.h"

#define PODS_MAX 4

/* The policy: keep 10.0.0.0/8 and 169.254.0.0/16, masquerade 10.1.0.0/16 and everything else. */
static const struct {
	const char *what;
	/* nonMasqueradeSrcCIDRs */
	const char *source;
	const char *rules[RULES_CHAINS][RULES_MAX];
	/* A part of the reason, or NULL for a ruleset that is right. */
	const char *why;
	/* podCIDRs */
	const char *pods[PODS_MAX];
} by_source[] = {
	{ "a source before each destination that counts",
	  "10.9.0.0/16",
	  { { "s10.9.0.0/16,10.1.0.0/16 R", "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R",
	      "s10.9.0.0/16 R", "* M" } },
	  NULL,
	  { NULL } },
	{ "a source before a destination too small",
	  "10.9.0.0/16",
	  { { "s10.9.0.0/16,10.1.0.0/17 R", "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R",
	      "s10.9.0.0/16 R", "* M" } },
	  "a packet from 10.9.0.0: the policy always returns it",
	  { NULL } },
	{ "a source that only one destination has too many",
	  NULL,
	  { { "s10.9.0.0/16,10.1.0.0/16 R", "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R",
	      "* M" } },
	  "a packet from 10.9.0.0 to 10.1.0.0: the rules say RETURN, but the policy MASQUERADE",
	  { NULL } },
	{ "podCIDRs",
	  NULL,
	  { { "s10.8.0.0/16 G1" },
	    { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  NULL,
	  { "10.8.0.0/16" } },
	{ "several podCIDRs, and a source within them",
	  "10.8.1.0/24",
	  { { "s10.8.0.0/16 G1", "s10.9.0.0/16 G1", "s10.8.0.0/15 R" },
	    { "s10.8.1.0/24 R", "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  NULL,
	  { "10.8.0.0/17", "10.8.128.0/17", "10.9.0.0/16" } },
	{ "the source before, and one goto for two podCIDRs",
	  "10.8.1.0/24",
	  { { "s10.8.1.0/24 R", "s10.8.0.0/15 G1" },
	    { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  NULL,
	  { "10.8.0.0/16", "10.9.0.0/16" } },
	{ "two chains for two podCIDRs",
	  NULL,
	  { { "s10.8.0.0/16 G1", "s10.9.0.0/16 G2" },
	    { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" },
	    { "d169.254.0.0/16 R", "d10.0.0.0/8 G3", "* M" },
	    { "d10.1.0.0/16 M" } },
	  NULL,
	  { "10.8.0.0/16", "10.9.0.0/16" } },
	{ "of two chains the second is wrong",
	  NULL,
	  { { "s10.8.0.0/16 G1", "s10.9.0.0/16 G2" },
	    { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" },
	    { "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  "a packet from 10.9.0.0 to 10.1.0.0: the rules say RETURN",
	  { "10.8.0.0/16", "10.9.0.0/16" } },
	{ "podCIDRs missing",
	  NULL,
	  { { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  "a packet from 10.9.0.0: the policy always returns it",
	  { "10.8.0.0/16" } },
	{ "podCIDRs too many",
	  NULL,
	  { { "s10.8.0.0/16 G1" },
	    { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  "the rules always return it",
	  { NULL } },
	{ "one of two podCIDRs missing",
	  NULL,
	  { { "s10.8.0.0/16 G1" },
	    { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  "a packet from 10.9.0.0: the rules always return it",
	  { "10.8.0.0/16", "10.9.0.0/16" } },
	{ "podCIDRs too wide",
	  NULL,
	  { { "s10.8.0.0/15 G1" },
	    { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  "a packet from 10.9.0.0: the policy always returns it",
	  { "10.8.0.0/16" } },
	{ "what is in no podCIDR does not return",
	  NULL,
	  { { "s10.8.0.0/16 G1", "* M" },
	    { "d10.1.0.0/16 M", "d169.254.0.0/16 R", "d10.0.0.0/8 R", "* M" } },
	  "the policy always returns it",
	  { "10.8.0.0/16" } },
	{ "podCIDRs that lead in a circle",
	  NULL,
	  { { "s10.8.0.0/16 G1" }, { "s10.8.0.0/16 G2" }, { "s10.8.0.0/16 G1" } },
	  "circle",
	  { "10.8.0.0/16" } },
	{ "a source that counts in a chain that destinations lead to",
	  NULL,
	  { { "d10.0.0.0/8 G1", "d169.254.0.0/16 R", "s10.8.0.0/16 G2" },
	    { "s10.8.0.0/16,10.1.0.0/16 M" },
	    { "* M" } },
	  NULL,
	  { "10.8.0.0/16" } },
};

static void test_by_source(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(by_source); i++) {
		struct ipmasq_policy *policy = policy_from_text(
			"10.1.0.0/16", "10.0.0.0/8", by_source[i].source, by_source[i].pods);
		struct ipmasq_ruleset *ruleset = rules_from_text(by_source[i].rules);
		char *why = NULL;
		int r;

		if (!CHECK(policy && ruleset, by_source[i].what))
			return;
		r = proof_check(ruleset, ruleset->count, policy, false, &why);
		if (!by_source[i].why)
			CHECK(r == 0, by_source[i].what);
		else if (CHECK(r == -EDOM && why, by_source[i].what) &&
			 !CHECK(strstr(why, by_source[i].why) != NULL, by_source[i].what))
			printf("got: %s\n", why);
		free(why);
		ipmasq_ruleset_free(ruleset);
		ipmasq_policy_free(policy);
	}
}

static bool prefix_matches(const struct prefix *prefix, struct addr addr)
{
	struct addr mask = addr_mask(prefix->len);

	return (addr.hi & mask.hi) == prefix->addr.hi && (addr.lo & mask.lo) == prefix->addr.lo;
}

/*
 * Random small rulesets and policies over a few CIDRs, so that both answers are frequent: the proof
 * accepts exactly those that give each packet the verdict of the policy.
 */
#define ADDRESSES 8

/* One of 0.0.0.0/0, 0.0.0.0/1 ... 224.0.0.0/3. */
static struct prefix small_prefix(struct random *random)
{
	struct prefix prefix = { .family = IPMASQ_IPV4, .len = (uint8_t)random_below(random, 4) };

	prefix.addr.hi = ((uint64_t)random_below(random, ADDRESSES) << 61) &
			 addr_mask(prefix.len).hi;
	return prefix;
}

static struct ipmasq_ruleset *small_ruleset(struct random *random)
{
	struct ipmasq_ruleset *ruleset = NULL;

	if (ruleset_new_empty(IPMASQ_IPV4, &ruleset) < 0)
		return NULL;
	for (uint32_t i = 0; i < RULES_CHAINS; i++) {
		char name[] = { 'C', (char)('0' + i), '\0' };
		uint32_t count = random_below(random, 4);
		uint32_t index;

		ruleset_add_chain(ruleset, name, 2, &index);
		for (uint32_t j = 0; j < count; j++) {
			struct rule rule = rule_any(IPMASQ_IPV4);
			uint32_t draw = random_below(random, 4);

			if (random_below(random, 3) == 0)
				rule.src = small_prefix(random);
			if (random_below(random, 2))
				rule.dst = small_prefix(random);
			if (draw == 0)
				rule.target = TARGET_MASQUERADE;
			if (draw == 1 && i + 1 < RULES_CHAINS) {
				rule.target = TARGET_GOTO;
				rule.chain = i + 1 + random_below(random, RULES_CHAINS - 1 - i);
			}
			chain_add_rule(&ruleset->chains[index], &rule);
		}
	}
	return ruleset;
}

/* A policy that leaves little to the outbound switch, so that small rulesets are sometimes it. */
static void small_policy(struct random *random, struct oracle *oracle)
{
	memset(oracle, 0, sizeof(*oracle));
	for (size_t i = 0; i < ORACLE_LISTS; i++) {
		struct oracle_list *list = &oracle->lists[i];

		while (random_below(random, 2)) {
			struct oracle_cidr *cidr = &list->cidrs[list->count];
			struct prefix prefix = small_prefix(random);

			cidr->family = IPMASQ_IPV4;
			cidr->length = prefix.len;
			cidr->bytes[0] = (uint8_t)(prefix.addr.hi >> 56);
			if (++list->count == ORACLE_LIST_MAX)
				break;
		}
	}
	for (size_t i = 0; i < 4; i++)
		oracle->switches[i] = random_below(random, 2);
	/* Otherwise a link-local range would be cut from one of the eight addresses. */
	oracle->switches[IPMASQ_MASQ_LINK_LOCAL] = true;
}

static bool masquerades(const struct ipmasq_ruleset *ruleset, struct addr src, struct addr dst)
{
	const struct chain *chain = &ruleset->chains[0];

	for (size_t i = 0; i < chain->count; i++) {
		const struct rule *rule = &chain->rules[i];

		if (!prefix_matches(&rule->src, src) || !prefix_matches(&rule->dst, dst))
			continue;
		if (rule->target != TARGET_GOTO)
			return rule->target == TARGET_MASQUERADE;
		chain = &ruleset->chains[rule->chain];
		i = SIZE_MAX;
	}
	return false;
}

static bool does_as_oracle(const struct ipmasq_ruleset *ruleset, const struct oracle *oracle)
{
	for (uint64_t s = 0; s < ADDRESSES; s++) {
		for (uint64_t d = 0; d < ADDRESSES; d++) {
			const uint8_t src[16] = { (uint8_t)(s << 5) };
			const uint8_t dst[16] = { (uint8_t)(d << 5) };
			enum ipmasq_origin origin;
			enum ipmasq_verdict verdict =
				oracle_decide(oracle, IPMASQ_IPV4, dst, src, &origin);

			if (masquerades(ruleset, (struct addr){ s << 61, 0 },
					(struct addr){ d << 61, 0 }) !=
			    (verdict == IPMASQ_MASQUERADE))
				return false;
		}
	}
	return true;
}

static void test_exact(void)
{
	struct random random = { 77 };
	unsigned int counts[2] = { 0 };

	for (int i = 0; i < 40000; i++) {
		struct ipmasq_ruleset *ruleset = small_ruleset(&random);
		struct ipmasq_policy *policy = NULL;
		struct oracle oracle;
		bool same;
		int r;

		small_policy(&random, &oracle);
		if (!CHECK(ruleset && oracle_policy(&oracle, &policy) == 0, "made"))
			return;
		same = does_as_oracle(ruleset, &oracle);
		r = proof_check(ruleset, ruleset->count, policy, false, NULL);
		CHECK(r == (same ? 0 : -EDOM), "accepted where it is the policy, and only there");
		counts[same]++;
		ipmasq_ruleset_free(ruleset);
		ipmasq_policy_free(policy);
	}
	CHECK(counts[0] > 1000 && counts[1] > 1000, "enough of either kind");
	printf("(%u equal, %u not) ", counts[1], counts[0]);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "right and wrong rules for sources, each with its reason", test_by_source },
		{ "a ruleset is accepted if and only if it is the policy", test_exact },
	};

	return unit_main("proof of sources", tests, ARRAY_SIZE(tests));
}
