/* SPDX-License-Identifier: Apache-2.0 */
/* The text of scripts. Users pipe them to iptables-restore, so the text must not change. */
#include <stdlib.h>
#include <string.h>

#include "rules/script.h"
#include "support/read.h"
#include "support/sources.h"
#include "support/unit.h"

static struct ipmasq_policy *policy_from(const char *text, const char *ports,
					 enum ipmasq_mode random_fully)
{
	struct ipmasq_options *options = NULL;
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;

	if (ipmasq_options_new(&options) == 0 &&
	    ipmasq_options_set_to_ports(options, ports, NULL) == 0 &&
	    ipmasq_options_set_mode(options, IPMASQ_FEATURE_RANDOM_FULLY, random_fully) == 0 &&
	    ipmasq_config_new(options, &config) == 0 &&
	    ipmasq_config_load(config, DATA_SOURCE("test.yaml", text, strlen(text)), NULL) == 0)
		ipmasq_policy_new(config, options, NULL, &policy);
	ipmasq_config_free(config);
	ipmasq_options_free(options);
	return policy;
}

#define JUMP                                                                                 \
	"-A POSTROUTING -m comment --comment \"ip-masq: pod traffic that leaves the node\" " \
	"-m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT\n"

static const struct {
	const char *what;
	const char *config;
	const char *ports;
	enum ipmasq_mode random_fully;
	enum ipmasq_family family;
	const char *script;
} scripts[] = {
	{ "one rule per entry, in decision order",
	  "nonMasqueradeSrcCIDRs: [10.5.0.0/16]\n"
	  "masqueradeCIDRs: [10.10.10.10/32]\n"
	  "nonMasqueradeCIDRs: [10.0.0.0/8, 'FD00::/8']\n",
	  NULL, IPMASQ_AUTO, IPMASQ_IPV4,
	  "*nat\n"
	  ":IP-MASQ-AGENT - [0:0]\n"
	  "-A IP-MASQ-AGENT -s 10.5.0.0/16 -m comment --comment \"nonMasqueradeSrcCIDRs\" -j "
	  "RETURN\n"
	  "-A IP-MASQ-AGENT -d 10.10.10.10/32 -m comment --comment \"masqueradeCIDRs\" -j "
	  "MASQUERADE "
	  "--random-fully\n"
	  "-A IP-MASQ-AGENT -d 169.254.0.0/16 -m comment --comment \"link-local\" -j RETURN\n"
	  "-A IP-MASQ-AGENT -d 10.0.0.0/8 -m comment --comment \"nonMasqueradeCIDRs\" -j RETURN\n"
	  "-A IP-MASQ-AGENT -m comment --comment \"masqOutBound\" -j MASQUERADE "
	  "--random-fully\n" JUMP "COMMIT\n" },
	{ "IPv6, canonical text", "nonMasqueradeCIDRs: [10.0.0.0/8, 'FD00:0::/8']\n", NULL,
	  IPMASQ_OFF, IPMASQ_IPV6,
	  "*nat\n"
	  ":IP-MASQ-AGENT - [0:0]\n"
	  "-A IP-MASQ-AGENT -d fe80::/10 -m comment --comment \"link-local\" -j RETURN\n"
	  "-A IP-MASQ-AGENT -d fd00::/8 -m comment --comment \"nonMasqueradeCIDRs\" -j RETURN\n"
	  "-A IP-MASQ-AGENT -m comment --comment \"masqOutBoundIPv6\" -j MASQUERADE\n" JUMP
	  "COMMIT\n" },
	{ "outbound off: no rule at the end of the chain",
	  "nonMasqueradeCIDRs: [0.0.0.0/0]\nmasqOutBound: false\nmasqLinkLocal: true\n", NULL,
	  IPMASQ_OFF, IPMASQ_IPV4,
	  "*nat\n"
	  ":IP-MASQ-AGENT - [0:0]\n"
	  "-A IP-MASQ-AGENT -d 0.0.0.0/0 -m comment --comment \"nonMasqueradeCIDRs\" -j "
	  "RETURN\n" JUMP "COMMIT\n" },
	{ "no rules", "nonMasqueradeCIDRs: []\nmasqOutBound: false\nmasqLinkLocal: true\n", NULL,
	  IPMASQ_OFF, IPMASQ_IPV4, "*nat\n:IP-MASQ-AGENT - [0:0]\n" JUMP "COMMIT\n" },
	{ "ports: each equally likely, before the plain MASQUERADE",
	  "nonMasqueradeCIDRs: []\nmasqLinkLocal: true\n", "1000-1999,3000-5999", IPMASQ_OFF,
	  IPMASQ_IPV4,
	  "*nat\n"
	  ":IP-MASQ-AGENT - [0:0]\n"
	  "-A IP-MASQ-AGENT -p tcp -m statistic --mode random --probability 0.25000000000 -m "
	  "comment "
	  "--comment \"masqOutBound\" -j MASQUERADE --to-ports 1000-1999\n"
	  "-A IP-MASQ-AGENT -p tcp -m comment --comment \"masqOutBound\" -j MASQUERADE --to-ports "
	  "3000-5999\n"
	  "-A IP-MASQ-AGENT -p udp -m statistic --mode random --probability 0.25000000000 -m "
	  "comment "
	  "--comment \"masqOutBound\" -j MASQUERADE --to-ports 1000-1999\n"
	  "-A IP-MASQ-AGENT -p udp -m comment --comment \"masqOutBound\" -j MASQUERADE --to-ports "
	  "3000-5999\n"
	  "-A IP-MASQ-AGENT -p sctp -m statistic --mode random --probability 0.25000000000 -m "
	  "comment "
	  "--comment \"masqOutBound\" -j MASQUERADE --to-ports 1000-1999\n"
	  "-A IP-MASQ-AGENT -p sctp -m comment --comment \"masqOutBound\" -j MASQUERADE --to-ports "
	  "3000-5999\n"
	  "-A IP-MASQ-AGENT -m comment --comment \"masqOutBound\" -j MASQUERADE\n" JUMP
	  "COMMIT\n" },
};

static void test_scripts(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct ipmasq_policy *policy =
			policy_from(scripts[i].config, scripts[i].ports, scripts[i].random_fully);
		struct ipmasq_ruleset *ruleset = NULL;
		char *script = NULL;
		size_t size = 0;

		if (!CHECK(policy != NULL, scripts[i].what))
			continue;
		CHECK(ipmasq_ruleset_new(policy, scripts[i].family, 0, &ruleset) == 0, "made");
		CHECK(ipmasq_ruleset_prove(ruleset, policy, NULL) == 0, scripts[i].what);
		CHECK(ipmasq_ruleset_script(ruleset, &script, &size) == 0, "written");
		CHECK_STRING(script, scripts[i].script, scripts[i].what);
		CHECK(script && size == strlen(script), "size");
		free(script);
		ipmasq_ruleset_free(ruleset);
		ipmasq_policy_free(policy);
	}
}

static void test_flags(void)
{
	struct ipmasq_policy *policy = policy_from("", NULL, IPMASQ_AUTO);
	struct ipmasq_ruleset *ruleset = NULL;
	char *script = NULL;

	if (!CHECK(policy != NULL, "policy"))
		return;
	CHECK(ipmasq_ruleset_new(policy, IPMASQ_IPV4, 4, &ruleset) == -EINVAL, "unknown flag");
	CHECK(ipmasq_ruleset_new(policy, IPMASQ_IPV4, IPMASQ_NO_RANDOM_FULLY, &ruleset) == 0,
	      "known");
	CHECK(ipmasq_ruleset_script(ruleset, &script, NULL) == 0, "script");
	CHECK(!strstr(script, "--random-fully"), "auto leaves the option out");
	CHECK(ipmasq_ruleset_prove(ruleset, policy, NULL) == 0,
	      "the ruleset without it passes the proof");
	free(script);
	ipmasq_ruleset_free(ruleset);
	ipmasq_policy_free(policy);

	policy = policy_from("", NULL, IPMASQ_ON);
	if (!CHECK(policy != NULL, "policy"))
		return;
	CHECK(ipmasq_ruleset_new(policy, IPMASQ_IPV4, IPMASQ_NO_RANDOM_FULLY, &ruleset) == 0, "on");
	CHECK(ipmasq_ruleset_script(ruleset, &script, NULL) == 0, "script");
	CHECK(strstr(script, "--random-fully") != NULL, "on insists");
	free(script);
	ipmasq_ruleset_free(ruleset);
	ipmasq_policy_free(policy);
}

/* The text of rule number n is line n of the script, and belongs to its entry. */
static void test_lines(void)
{
	struct ipmasq_policy *policy = policy_from(scripts[0].config, "1-2,3-4", IPMASQ_AUTO);
	struct ipmasq_ruleset *ruleset = NULL;
	struct ipmasq_ruleset_details info;
	char *script = NULL;
	char *rest;
	char *line;
	size_t number = 0;
	size_t rules = 0;

	if (!CHECK(policy != NULL, "policy"))
		return;
	CHECK(ipmasq_ruleset_new(policy, IPMASQ_IPV4, 0, &ruleset) == 0, "ruleset");
	CHECK(ipmasq_ruleset_script(ruleset, &script, NULL) == 0, "script");
	rest = script;
	while ((line = strsep(&rest, "\n")) && line[0]) {
		const struct ipmasq_entry *entry = ipmasq_ruleset_entry_at(ruleset, ++number);
		char *text = NULL;
		int r = ipmasq_ruleset_rule_text(ruleset, number, &text);

		if (strncmp(line, "-A IP-MASQ-AGENT ", 17) != 0) {
			CHECK(r == -ERANGE && !entry, line);
			continue;
		}
		rules++;
		CHECK(r == 0, line);
		CHECK_STRING(text, line, "the line's text");
		if (CHECK(entry != NULL, line))
			CHECK(strstr(line, ipmasq_origin_name(entry_of(entry).origin)) != NULL,
			      line);
		free(text);
	}
	CHECK(ipmasq_ruleset_info(ruleset, &info, sizeof(info)) == 0 && rules == info.rules,
	      "all rules are found");
	CHECK(!ipmasq_ruleset_entry_at(ruleset, 0) && !ipmasq_ruleset_entry_at(ruleset, number + 1),
	      "outside");
	free(script);
	ipmasq_ruleset_free(ruleset);
	ipmasq_policy_free(policy);
}

/* A transaction fills the chain and carries out edits, with one COMMIT. */
static void test_edits(void)
{
	static const char *const deletes[] = { "POSTROUTING -j IP-MASQ-AGENT", "POSTROUTING -g X" };
	static const char *const drops[] = { "OLD-1", "OLD-2" };
	const struct script_edits edits = { .deletes = deletes,
					    .delete_count = 2,
					    .add_jump = true,
					    .jump_at = 3,
					    .drop_chains = drops,
					    .drop_count = 2 };
	const struct script_edits removal = {
		.deletes = deletes, .delete_count = 1, .drop_chains = drops, .drop_count = 1
	};
	struct ipmasq_policy *policy =
		policy_from("nonMasqueradeCIDRs: []\nmasqLinkLocal: true\n", NULL, IPMASQ_OFF);
	struct ipmasq_ruleset *ruleset = NULL;
	struct buf buf = BUF_INIT;

	if (!CHECK(policy && ipmasq_ruleset_new(policy, IPMASQ_IPV4, 0, &ruleset) == 0, "ruleset"))
		return;
	script_write(&buf, ruleset, &edits);
	CHECK_STRING(buf.data,
		     "*nat\n"
		     ":IP-MASQ-AGENT - [0:0]\n"
		     "-A IP-MASQ-AGENT -m comment --comment \"masqOutBound\" -j MASQUERADE\n"
		     "-D POSTROUTING -j IP-MASQ-AGENT\n"
		     "-D POSTROUTING -g X\n"
		     "-I POSTROUTING 3 -m comment --comment \"ip-masq: pod traffic that leaves the "
		     "node\" -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT\n"
		     ":OLD-1 - [0:0]\n"
		     ":OLD-2 - [0:0]\n"
		     "-X OLD-1\n"
		     "-X OLD-2\n"
		     "COMMIT\n",
		     "edits");
	buf_release(&buf);
	script_write(&buf, NULL, &removal);
	CHECK_STRING(buf.data,
		     "*nat\n"
		     "-D POSTROUTING -j IP-MASQ-AGENT\n"
		     ":OLD-1 - [0:0]\n"
		     "-X OLD-1\n"
		     "COMMIT\n",
		     "removal");
	buf_release(&buf);
	ipmasq_ruleset_free(ruleset);
	ipmasq_policy_free(policy);
}

/* A chain with a rule for each letter. */
static struct ipmasq_ruleset *ruleset_of(const char *letters)
{
	struct ipmasq_ruleset *ruleset = NULL;
	uint32_t at;

	if (ruleset_new_empty(IPMASQ_IPV4, &ruleset) < 0 ||
	    ruleset_add_chain(ruleset, "X", 1, &at) < 0)
		abort();
	for (; *letters; letters++) {
		struct rule rule = rule_any(IPMASQ_IPV4);
		uint8_t bytes[4] = { 10, (uint8_t)*letters };

		rule.dst.addr = addr_from_bytes(IPMASQ_IPV4, bytes);
		rule.dst.len = 16;
		rule.target = TARGET_RETURN;
		if (chain_add_rule(&ruleset->chains[0], &rule) < 0)
			abort();
	}
	return ruleset;
}

/* What a chain has and what it should have; which rules are to be inserted, as their text with the
 * second byte as a letter; NULL: it is not a matter of rules that it lacks in one place. */
static const struct {
	const char *seen;
	const char *wanted;
	const char *script;
} insertions[] = {
	{ "abd", "abcd", "-I X 3 c\n" },
	{ "ad", "abcd", "-I X 2 b\n-I X 3 c\n" },
	{ "bcd", "abcd", "-I X 1 a\n" },
	/* At the end no number can be wrong. */
	{ "abc", "abcde", "-A X d\n-A X e\n" },
	{ "", "ab", "-A X a\n-A X b\n" },
	/* Of equal rules it does not matter which one is new. */
	{ "ab", "aab", "-I X 2 a\n" },
	{ "abc", "abc", NULL },
	{ "abcd", "abc", NULL },
	{ "ac", "abcd", NULL },
	{ "xbd", "abcd", NULL },
	{ "ba", "abc", NULL },
};

/* The script without what is the same in all rules. */
static void shorten(const char *script, char *text)
{
	const char *rest = script;

	for (; *rest; rest++) {
		unsigned int letter;
		int len = 0;

		if (sscanf(rest, "-d 10.%u.0.0/16 -j RETURN%n", &letter, &len) == 1 && len > 0) {
			*text++ = (char)letter;
			rest += len - 1;
		} else {
			*text++ = *rest;
		}
	}
	*text = '\0';
}

/* The rule that is found for a line of the script is the one on it. */
static void check_line(const struct ipmasq_ruleset *ruleset, const struct script_edits *edits,
		       size_t number, const char *script)
{
	struct buf line = BUF_INIT;
	size_t chain;
	size_t rule;

	if (!CHECK(script_written_at(ruleset, edits, number + 2, &chain, &rule), script))
		return;
	script_write_line(&line, ruleset, edits, chain, rule);
	buf_putc(&line, '\n');
	for (size_t i = 0; i <= number; i++)
		script = strchr(script, '\n') + 1;
	CHECK(strncmp(script, line.data, line.len) == 0, line.data);
	buf_release(&line);
}

static void test_inserts(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(insertions); i++) {
		struct ipmasq_ruleset *seen = ruleset_of(insertions[i].seen);
		struct ipmasq_ruleset *wanted = ruleset_of(insertions[i].wanted);
		struct rule_run run = { 0 };
		const struct script_edits edits = { .inserts = &run };
		const char *what = insertions[i].wanted;
		bool lacks = chain_lacks_run(seen, wanted, 0, &run);
		struct buf buf = BUF_INIT;
		char expected[100];
		char text[1000];
		size_t chain;
		size_t rule;

		CHECK(lacks == (insertions[i].script != NULL), what);
		if (lacks && insertions[i].script) {
			script_write(&buf, wanted, &edits);
			shorten(buf.data, text);
			snprintf(expected, sizeof(expected), "*nat\n%sCOMMIT\n",
				 insertions[i].script);
			CHECK_STRING(text, expected, what);
			CHECK(!script_written_at(wanted, &edits, 1, &chain, &rule), what);
			for (size_t line = 0; line < run.count; line++)
				check_line(wanted, &edits, line, buf.data);
			CHECK(!script_written_at(wanted, &edits, run.count + 2, &chain, &rule),
			      what);
			buf_release(&buf);
		}
		ipmasq_ruleset_free(seen);
		ipmasq_ruleset_free(wanted);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the script for a new node", test_scripts },
		{ "--random-fully as requested, and as the node supports it", test_flags },
		{ "lines and their entries", test_lines },
		{ "jumps and old chains, in the same transaction", test_edits },
		{ "rules that a chain lacks are inserted", test_inserts },
	};

	return unit_main("script", tests, ARRAY_SIZE(tests));
}
