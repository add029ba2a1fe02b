/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules for nftables: verdict maps decide as the policy does, and each line of the text leads to
 * its rule. That nft and the kernel understand the text is for tests/kernel/decisions.sh to say.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/compile.h"
#include "rules/nft_form.h"
#include "rules/script.h"
#include "sim/oracle.h"
#include "sim/sim.h"
#include "support/unit.h"

static struct ipmasq_ruleset *maps_of(struct ipmasq_policy *policy, enum ipmasq_family family)
{
	struct ipmasq_ruleset *ruleset = NULL;

	policy->layout = IPMASQ_LAYOUT_MAPS;
	if (ruleset_build(policy, family, IPMASQ_NFTABLES, 'a', &ruleset) < 0)
		return NULL;
	return ruleset;
}

/* What the rules of a ruleset, written for iptables, do in the interpreter. */
static struct sim *sim_of(const struct ipmasq_ruleset *ruleset)
{
	const struct script_edits fresh = { .add_jump = true };
	struct sim *sim = sim_new((int)ruleset->family);
	char error[SIM_ERROR_MAX] = "";
	struct buf buf = BUF_INIT;

	script_write(&buf, ruleset, &fresh);
	CHECK(!buf.error && sim && sim_restore(sim, buf.data, error) == 0, error);
	buf_release(&buf);
	return sim;
}

static uint32_t random_bits(void *context)
{
	return random_below(context, 65536) << 16 | random_below(context, 65536);
}

static void judge(struct oracle *oracle, const struct ipmasq_ruleset *maps, struct random *random)
{
	struct sim *sim = sim_of(maps);

	for (int i = 0; i < 60; i++) {
		struct sim_packet packet = { .proto = i % 2 ? 6 : 1 };
		enum ipmasq_origin origin;
		enum ipmasq_verdict expected;

		oracle_random_address(oracle, random, maps->family, packet.dst);
		oracle_random_address(oracle, random, maps->family, packet.src);
		expected = oracle_decide(oracle, maps->family, packet.dst, packet.src, &origin);
		CHECK((sim_run(sim, &packet, random_bits, random).verdict == SIM_MASQUERADE) ==
			      (expected == IPMASQ_MASQUERADE),
		      "decision");
	}
	sim_free(sim);
}

/* Takes the tabs, the comment and the comma from a line. */
static void strip_line(const char *line, size_t len, char *text, size_t size)
{
	const char *hash;

	while (len > 0 && *line == '\t') {
		line++;
		len--;
	}
	snprintf(text, size, "%.*s", (int)len, line);
	hash = strstr(text, " # ");
	len = hash ? (size_t)(hash - text) : strlen(text);
	text[len - (len > 0 && text[len - 1] == ',')] = '\0';
}

/* Each line of the text is a rule, and that one, or none. */
static void check_lines(const struct ipmasq_ruleset *maps)
{
	char *script = NULL;
	size_t found = 0;
	size_t number = 0;

	if (!CHECK(ipmasq_ruleset_script(maps, &script, NULL) == 0, "script"))
		return;
	for (char *line = script; *line;) {
		size_t len = strcspn(line, "\n");
		char text[256];
		char *rule = NULL;

		strip_line(line, len, text, sizeof(text));
		if (ipmasq_ruleset_rule_text(maps, ++number, &rule) == 0) {
			found++;
			CHECK(strncmp(rule, "add rule ip", 11) == 0, rule);
			CHECK(strstr(rule, text) != NULL, text);
		} else {
			CHECK(strstr(text, "return") == NULL, text);
		}
		free(rule);
		line += len + (line[len] == '\n');
	}
	CHECK(found == ruleset_rule_count(maps), "all have a line");
	free(script);
}

/* Small random policies with all features: sources, ports, both families. */
static void test_random_policies(void)
{
	struct random random = { 47 };

	for (size_t i = 0; i < unit_many(600); i++) {
		struct ipmasq_policy *policy = NULL;
		struct oracle oracle;

		oracle_random(&oracle, &random, 40);
		if (!CHECK(oracle_policy(&oracle, &policy) == 0, "policy"))
			return;
		for (int f = 0; f < 2; f++) {
			struct ipmasq_ruleset *maps =
				maps_of(policy, f ? IPMASQ_IPV6 : IPMASQ_IPV4);
			char *why = NULL;

			if (CHECK(maps != NULL, "maps")) {
				CHECK(ipmasq_ruleset_prove(maps, policy, &why) == 0, why);
				judge(&oracle, maps, &random);
				check_lines(maps);
			}
			free(why);
			ipmasq_ruleset_free(maps);
		}
		ipmasq_policy_free(policy);
	}
}

/* Many single sources are a map as well, not rules one after the other. */
static void test_sources(void)
{
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_ruleset *maps;
	struct nft_item item = { 0 };
	size_t at = 0;
	int r = ipmasq_config_new(NULL, &config);

	for (int i = 0; i < 40 && r == 0; i++) {
		char cidr[32];

		snprintf(cidr, sizeof(cidr), "10.0.%d.7/32", i * 3);
		r = ipmasq_config_add_cidr(config, IPMASQ_NON_MASQUERADE_SRC_CIDRS, cidr, NULL);
	}
	if (r == 0)
		r = ipmasq_policy_new(config, NULL, NULL, &policy);
	maps = r == 0 ? maps_of(policy, IPMASQ_IPV4) : NULL;
	if (CHECK(maps != NULL, "maps")) {
		const struct chain *chain = &maps->chains[0];

		CHECK(ipmasq_ruleset_prove(maps, policy, NULL) == 0, "proof");
		while (nft_item_next(chain, &at, &item) && item.rules->target == TARGET_GOTO &&
		       item.key.size == 0) {
			chain = &maps->chains[item.rules->chain];
			at = 0;
		}
		CHECK(item.key.source && item.key.bits == 32 && item.count == 40, "one map");
	}
	ipmasq_ruleset_free(maps);
	ipmasq_policy_free(policy);
	ipmasq_config_free(config);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "random policies: proof, interpreter and oracle agree", test_random_policies },
		{ "many sources are a map", test_sources },
	};

	return unit_main("nft_script", tests, ARRAY_SIZE(tests));
}
