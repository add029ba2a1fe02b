/* SPDX-License-Identifier: Apache-2.0 */
/* Reading lines of iptables-save: words and quotes, the meaning of rules, our jump, chain names. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "rules/chain_name.h"
#include "rules/script.h"
#include "rules/script_read.h"
#include "support/unit.h"

/* The words joined with "|". */
static void words_text(const struct script_words *words, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < words->count; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", i > 0 ? "|" : "",
					words->word[i]);
}

static void test_split(void)
{
	static const struct {
		const char *line;
		const char *words;
	} rows[] = {
		{ "", "" },
		{ "  ", "" },
		{ "-A X -j RETURN", "-A|X|-j|RETURN" },
		{ " -A  X\t-j RETURN ", "-A|X|-j|RETURN" },
		{ "--comment \"two words\" -j X", "--comment|two words|-j|X" },
		{ "--comment \"a \\\"q\\\" b\\\\c it\\'s\"", "--comment|a \"q\" b\\c it's" },
		{ "--comment \"\" -j X", "--comment||-j|X" },
		{ "--comment \"-j Y\" -j X", "--comment|-j Y|-j|X" },
		{ "--comment \"a\nb\" -j X", "--comment|a\nb|-j|X" },
		/* Outside of quotes a backslash is an ordinary character. A closing quote ends the
		   word. */
		{ "a\\ b", "a\\|b" },
		{ "a\"b c\"d", "ab c|d" },
		{ "\"open", "open" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct script_words words;
		char text[256];

		CHECK(script_split(rows[i].line, &words) == 0, rows[i].line);
		words_text(&words, text, sizeof(text));
		CHECK_STRING(text, rows[i].words, rows[i].line);
	}
}

static void test_split_is_bounded(void)
{
	struct script_words words;
	char line[5000];

	memset(line, 'x', sizeof(line));
	line[sizeof(words.storage) - 1] = '\0';
	CHECK(script_split(line, &words) == 0, "the longest");
	CHECK(words.count == 1 && strlen(words.word[0]) == sizeof(words.storage) - 1, "whole");
	line[sizeof(words.storage) - 1] = 'x';
	line[sizeof(words.storage)] = '\0';
	CHECK(script_split(line, &words) == -E2BIG, "one byte more");
	for (size_t i = 0; i < 2 * SCRIPT_WORDS_MAX; i++)
		line[i] = i % 2 ? ' ' : 'x';
	line[2 * SCRIPT_WORDS_MAX] = '\0';
	CHECK(script_split(line, &words) == 0 && words.count == SCRIPT_WORDS_MAX, "most words");
	strcpy(line + 2 * SCRIPT_WORDS_MAX, "x");
	CHECK(script_split(line, &words) == -E2BIG, "one word more");
}

static void test_join(void)
{
	static const char *const lines[] = {
		"POSTROUTING -m addrtype ! --dst-type LOCAL -j X",
		"POSTROUTING -m comment --comment \"two \\\"words\\\"\" -j X",
		"POSTROUTING -m comment --comment \"it's\" -j X",
		"POSTROUTING -m comment --comment \"\" -j X",
		"POSTROUTING -m comment --comment \"back\\\\slash\" -j X",
		"POSTROUTING ! -s 1.2.3.4/255.0.255.0 -m mark --mark 0x1/0xff -j X",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct buf joined = BUF_INIT;
		struct script_words words;
		struct script_words again;
		char text[2][256];

		CHECK(script_split(lines[i], &words) == 0, lines[i]);
		script_join(&joined, words.word, words.count);
		CHECK_STRING(joined.data, lines[i], "as iptables-save writes it");
		CHECK(script_split(joined.data, &again) == 0, lines[i]);
		words_text(&words, text[0], sizeof(text[0]));
		words_text(&again, text[1], sizeof(text[1]));
		CHECK_STRING(text[1], text[0], lines[i]);
		buf_release(&joined);
	}
}

#define ALWAYS PROBABILITY_ONE

static const struct {
	const char *line;
	/* NULL: any address. */
	const char *src;
	const char *dst;
	uint8_t proto;
	uint32_t probability;
	uint16_t first;
	uint16_t last;
	bool random_fully;
	uint8_t target;
	const char *name;
	bool is_goto;
} known[] = {
	{ "-A X -j RETURN", NULL, NULL, 0, ALWAYS, 0, 0, false, TARGET_RETURN, "RETURN", false },
	{ "-A X -d 10.0.0.0/8 -m comment --comment \"-j Y\" -j RETURN", NULL, "10.0.0.0/8", 0,
	  ALWAYS, 0, 0, false, TARGET_RETURN, "RETURN", false },
	{ "-A X -s 10.0.0.0/8 -d 1.2.3.4/32 -j MASQUERADE --random-fully", "10.0.0.0/8",
	  "1.2.3.4/32", 0, ALWAYS, 0, 0, true, TARGET_MASQUERADE, "MASQUERADE", false },
	{ "-A X -p tcp -m statistic --mode random --probability 0.33333333349 -j MASQUERADE "
	  "--to-ports 1000-2000 --random-fully",
	  NULL, NULL, IPPROTO_TCP, 0x2aaaaaab, 1000, 2000, true, TARGET_MASQUERADE, "MASQUERADE",
	  false },
	{ "-A X -p udp -j MASQUERADE --to-ports 7", NULL, NULL, IPPROTO_UDP, ALWAYS, 7, 7, false,
	  TARGET_MASQUERADE, "MASQUERADE", false },
	{ "-A X -p 132 -m statistic --mode random --probability 1.00000000000 -j RETURN", NULL,
	  NULL, IPPROTO_SCTP, ALWAYS, 0, 0, false, TARGET_RETURN, "RETURN", false },
	{ "-A X -m statistic --mode random --probability 0.00000000047 -j RETURN", NULL, NULL, 0, 1,
	  0, 0, false, TARGET_RETURN, "RETURN", false },
	{ "-A X -m statistic --mode random --probability 0.99999999953 -j RETURN", NULL, NULL, 0,
	  ALWAYS - 1, 0, 0, false, TARGET_RETURN, "RETURN", false },
	{ "-A X -d 10.0.0.0/8 -g Y", NULL, "10.0.0.0/8", 0, ALWAYS, 0, 0, false, TARGET_OTHER, "Y",
	  true },
	{ "-A X -j ACCEPT", NULL, NULL, 0, ALWAYS, 0, 0, false, TARGET_OTHER, "ACCEPT", false },
	{ "-A X", NULL, NULL, 0, ALWAYS, 0, 0, false, TARGET_OTHER, NULL, false },
};

static bool prefix_is(const struct prefix *prefix, const char *text)
{
	struct prefix expected = rule_any(IPMASQ_IPV4).dst;

	return (!text || prefix_parse(text, strlen(text), &expected) == PREFIX_OK) &&
	       prefix_equal(prefix, &expected);
}

static void test_known_rules(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const char *line = known[i].line;
		struct script_words words;
		struct rule rule;
		const char *name;
		bool is_goto;

		CHECK(script_split(line, &words) == 0, line);
		script_read_rule(IPMASQ_IPV4, &words, &rule, &name, &is_goto);
		CHECK(!rule.opaque, line);
		CHECK(prefix_is(&rule.src, known[i].src), line);
		CHECK(prefix_is(&rule.dst, known[i].dst), line);
		CHECK(rule.proto == known[i].proto, line);
		CHECK(rule.probability == known[i].probability, line);
		CHECK(rule.ports.first == known[i].first && rule.ports.last == known[i].last, line);
		CHECK(rule.random_fully == known[i].random_fully, line);
		CHECK(rule.target == known[i].target, line);
		CHECK_STRING(name, known[i].name, line);
		CHECK(is_goto == known[i].is_goto, line);
	}
}

/* A rule that the model cannot express must never be read as one that it can. */
static void test_opaque_rules(void)
{
	static const struct {
		const char *line;
		const char *name;
	} rows[] = {
		{ "-A X ! -d 10.0.0.0/8 -j RETURN", "RETURN" },
		{ "-A X -d 10.0.0.0/255.0.255.0 -j RETURN", "RETURN" },
		{ "-A X -d 10.0.0.0/8 -d 10.0.0.0/8 -j RETURN", "RETURN" },
		{ "-A X -d fe80::/10 -j RETURN", "RETURN" },
		{ "-A X -p icmp -j RETURN", "RETURN" },
		{ "-A X ! -p tcp -j RETURN", "RETURN" },
		{ "-A X -p tcp -m tcp -j RETURN", "RETURN" },
		{ "-A X -p tcp -m tcp --dport 53 -j RETURN", "RETURN" },
		{ "-A X -o eth0 -j MASQUERADE", "MASQUERADE" },
		{ "-A X -m addrtype --dst-type LOCAL -j RETURN", "RETURN" },
		{ "-A X -m statistic --mode random ! --probability 0.5 -j RETURN", "RETURN" },
		{ "-A X -m statistic --mode nth --every 2 --packet 0 -j RETURN", "RETURN" },
		{ "-A X -m statistic --mode random --probability 1.5 -j RETURN", "RETURN" },
		{ "-A X -m statistic --mode random --probability 0.5x -j RETURN", "RETURN" },
		{ "-A X -m statistic --mode random --probability", NULL },
		{ "-A X -m comment --comment", NULL },
		{ "-A X -j MASQUERADE --random", "MASQUERADE" },
		{ "-A X -p tcp -j MASQUERADE --to-ports 0", "MASQUERADE" },
		{ "-A X -p tcp -j MASQUERADE --to-ports 70000", "MASQUERADE" },
		{ "-A X -p tcp -j MASQUERADE --to-ports 2-1", "MASQUERADE" },
		{ "-A X -p tcp -j MASQUERADE --to-ports 1-2x", "MASQUERADE" },
		{ "-A X -j RETURN -j RETURN", "RETURN" },
		{ "-A X -j SNAT --to-source 1.2.3.4", "SNAT" },
		{ "-A X -m comment --comment -j -o eth0 -g Y", "Y" },
		{ "-A X -j", NULL },
		{ "-D X -j RETURN", "RETURN" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct script_words words;
		struct rule rule;
		const char *name;
		bool is_goto;

		CHECK(script_split(rows[i].line, &words) == 0, rows[i].line);
		script_read_rule(IPMASQ_IPV4, &words, &rule, &name, &is_goto);
		CHECK(rule.opaque, rows[i].line);
		CHECK_STRING(name, rows[i].name, rows[i].line);
	}
}

static void test_our_jump(void)
{
	static const struct {
		const char *line;
		bool ours;
	} rows[] = {
		{ "-A POSTROUTING -m addrtype ! --dst-type LOCAL -j X", true },
		{ "-A POSTROUTING -m comment --comment \"any -g\" -m addrtype ! --dst-type LOCAL "
		  "-j X",
		  true },
		{ "-A POSTROUTING -m addrtype ! --dst-type LOCAL -m comment --comment a -m comment "
		  "--comment b -j X",
		  true },
		{ "-A POSTROUTING -m addrtype ! --dst-type LOCAL -g X", false },
		{ "-A POSTROUTING -m addrtype --dst-type LOCAL -j X", false },
		{ "-A POSTROUTING -m addrtype ! --dst-type BROADCAST -j X", false },
		{ "-A POSTROUTING -m addrtype ! --dst-type LOCAL --limit-iface-out -j X", false },
		{ "-A POSTROUTING -m addrtype ! --dst-type LOCAL -m addrtype ! --dst-type LOCAL -j "
		  "X",
		  false },
		{ "-A POSTROUTING -s 10.0.0.0/8 -m addrtype ! --dst-type LOCAL -j X", false },
		{ "-A POSTROUTING -m addrtype ! --dst-type LOCAL -m mark --mark 1 -j X", false },
		{ "-A POSTROUTING -m addrtype ! --dst-type LOCAL", false },
		{ "-A POSTROUTING -j X", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct script_words words;
		struct rule rule;
		const char *name;
		bool is_goto;

		CHECK(script_split(rows[i].line, &words) == 0, rows[i].line);
		script_read_rule(IPMASQ_IPV4, &words, &rule, &name, &is_goto);
		CHECK((name && rule_is_jump(&rule, is_goto)) == rows[i].ours, rows[i].line);
		CHECK(rule_is_odd(&rule), rows[i].line);
	}
}

/* Every probability is the same after it is written and read. */
static void test_probabilities(void)
{
	struct ipmasq_ruleset *ruleset;
	struct rule rule = rule_any(IPMASQ_IPV4);
	uint64_t state = 88172645463325252u;
	uint32_t index;

	CHECK(ruleset_new_empty(IPMASQ_IPV4, &ruleset) == 0, "ruleset");
	CHECK(ruleset_add_chain(ruleset, "X", 1, &index) == 0, "chain");
	CHECK(chain_add_rule(&ruleset->chains[0], &rule) == 0, "rule");
	for (size_t i = 0; i < 20000; i++) {
		struct buf text = BUF_INIT;
		struct script_words words;
		const char *name;
		bool is_goto;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		ruleset->chains[0].rules[0].probability = i < 100 ? (uint32_t)i + 1
								  : (uint32_t)(state >> 33) | 1;
		script_write_rule(&text, ruleset, 0, 0);
		CHECK(script_split(text.data, &words) == 0, text.data);
		script_read_rule(IPMASQ_IPV4, &words, &rule, &name, &is_goto);
		if (!CHECK(rule_equal(&rule, &ruleset->chains[0].rules[0]), text.data))
			i = 20000;
		buf_release(&text);
	}
	ipmasq_ruleset_free(ruleset);
}

static void test_chain_names(void)
{
	char a[CHAIN_PREFIX_MAX];
	char b[CHAIN_PREFIX_MAX];
	char name[64];

	CHECK(chain_prefix("IP-MASQ-AGENT", a) == 16 && strlen(a) == 16, a);
	CHECK(strncmp(a, "IP-MASQ-AG.", 11) == 0, a);
	chain_prefix("IP-MASQ-AGENT2", b);
	CHECK(strcmp(a, b) != 0, "names that begin alike");
	CHECK(chain_prefix("X", b) == 7, b);
	CHECK(chain_is_ours("IP-MASQ-AGENT", "IP-MASQ-AGENT"), "the root");
	CHECK(!chain_is_ours("IP-MASQ-AGENT2", "IP-MASQ-AGENT"), "a longer name");
	CHECK(!chain_is_ours("IP-MASQ-AG.0000.1", "IP-MASQ-AGENT"), "another hash");
	CHECK(!chain_is_ours(a, "IP-MASQ-AGENT"), "the prefix alone");
	snprintf(name, sizeof(name), "%s17", a);
	CHECK(chain_is_ours(name, "IP-MASQ-AGENT"), name);
	CHECK(!chain_is_ours(name, "IP-MASQ-AGENT2"), name);
}

static const struct unit_test tests[] = {
	{ "a line is split as iptables-restore splits it", test_split },
	{ "lines that are too long are refused", test_split_is_bounded },
	{ "joined words are split the same again", test_join },
	{ "rules of the model are read by meaning", test_known_rules },
	{ "all other rules are opaque; only the target is known", test_opaque_rules },
	{ "our jump is distinguished from others to the same chain", test_our_jump },
	{ "probabilities are the same after writing and reading", test_probabilities },
	{ "names of sub-chains belong to one root", test_chain_names },
};

int main(void)
{
	return unit_main("script_read", tests, ARRAY_SIZE(tests));
}
