/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_statement.h"

#include "nat/nft_lines.h"
#include "nat/nft_match.h"
#include "nat/nft_rule.h"
#include "nat/nft_snat.h"
#include "nat/nft_verdict.h"
#include "nat/nft_xt.h"

/* Passes over words up to the next statement or expression. */
static void skip_to_next(struct nft_words *words)
{
	while (nft_is_any(words) && !nft_starts(words)) {
		if (nft_is(words, "{") || nft_is(words, "("))
			(void)nft_skip_braces(words, NULL);
		else
			nft_next_within(words);
	}
}

static int read_counter(struct nft_rule *rule, struct nft_words *words)
{
	rule->counted = true;
	skip_to_next(words);
	return 0;
}

static int read_harmless(struct nft_rule *rule, struct nft_words *words)
{
	(void)rule;
	skip_to_next(words);
	return 0;
}

/* Flags of a log have names of keys: `log flags tcp sequence,options`. */
static int read_log(struct nft_rule *rule, struct nft_words *words)
{
	static const char *const options[] = { "prefix",  "level",	     "group",
					       "snaplen", "queue-threshold", "flags" };

	(void)rule;
	while (words->kind == NFT_WORD && nft_slice_in(words->word, options, ARRAY_SIZE(options))) {
		bool is_flags = nft_is(words, "flags");
		bool has_names = false;

		nft_next_within(words);
		if (is_flags)
			has_names = nft_is(words, "tcp") || nft_is(words, "ip");
		if (nft_is_name(words))
			nft_next_within(words);
		if (has_names && words->kind == NFT_WORD)
			nft_next_within(words);
		while (nft_take(words, ",") && words->kind == NFT_WORD)
			nft_next_within(words);
	}
	return 0;
}

/* A limit holds for some packets and not for others. */
static int read_limit(struct nft_rule *rule, struct nft_words *words)
{
	skip_to_next(words);
	return nft_rule_unknown(rule, rule->begin, words->before);
}

static int read_comment(struct nft_rule *rule, struct nft_words *words)
{
	if (!nft_is_name(words))
		return 0;
	rule->comment =
		nft_copy_text(rule->model, words->word.text, words->word.text + words->word.len);
	nft_next_within(words);
	return rule->comment ? 0 : -ENOMEM;
}

static int read_notrack(struct nft_rule *rule, struct nft_words *words)
{
	(void)words;
	rule->decision.verdict = NAT_NOTRACK;
	rule->decided = true;
	return 0;
}

/* All that is left says how. */
static int read_reject(struct nft_rule *rule, struct nft_words *words)
{
	while (nft_is_any(words) && !nft_is(words, "comment"))
		nft_next_within(words);
	rule->decision.verdict = NAT_DROP;
	rule->decided = true;
	return 0;
}

static int read_queue(struct nft_rule *rule, struct nft_words *words)
{
	(void)read_reject(rule, words);
	rule->decision.verdict = NAT_QUEUE;
	return 0;
}

/* Sends the packet elsewhere, or rewrites what this reader has no words for. */
static int read_foreign(struct nft_rule *rule, struct nft_words *words)
{
	(void)read_reject(rule, words);
	rule->decision.verdict = NAT_UNKNOWN;
	return 0;
}

/* Whether there is a limit or the like among the words. */
static bool has_limit(struct nft_slice text)
{
	struct nft_words words = nft_words_of(text.text, text.len);

	for (; words.kind != NFT_END; nft_next(&words)) {
		if (nft_is(&words, "limit") || nft_is(&words, "quota") || nft_is(&words, "count"))
			return true;
	}
	return false;
}

/* `add @set { ip saddr timeout 1m }`, `meter name { ip saddr limit rate 1/second }`: an element
 * with a limit is a condition. */
static int read_element(struct nft_rule *rule, struct nft_words *words)
{
	struct nft_slice inside = { "", 0 };

	while (nft_is_any(words) && !nft_is(words, "{") && !nft_starts(words))
		nft_next_within(words);
	if (nft_is(words, "{"))
		(void)nft_skip_braces(words, &inside);
	return has_limit(inside) ? nft_rule_unknown(rule, rule->begin, words->before) : 0;
}

/* `set add ip saddr @set`, as nft before 0.9 lists it. */
static int read_old_element(struct nft_rule *rule, struct nft_words *words)
{
	(void)rule;
	while (nft_is_any(words) && *words->word.text != '@')
		nft_next_within(words);
	if (words->kind == NFT_WORD)
		nft_next_within(words);
	return 0;
}

/* `flow add @table`, and before nft 0.9.1 `flow offload @table`. */
static int read_flow(struct nft_rule *rule, struct nft_words *words)
{
	(void)rule;
	for (int i = 0; i < 2 && words->kind == NFT_WORD; i++)
		nft_next_within(words);
	return 0;
}

/* `reset tcp option NAME`. */
static int read_reset(struct nft_rule *rule, struct nft_words *words)
{
	(void)rule;
	for (int i = 0; i < 3 && words->kind == NFT_WORD; i++)
		nft_next_within(words);
	return 0;
}

/* Rules within a rule: a chain without a name. */
static int read_block(struct nft_rule *rule, struct nft_words *words)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT;
	struct nft_slice inside;
	struct nft_chain *chain;
	uint32_t number;
	const char *copy;
	int r;

	if (!nft_skip_braces(words, &inside))
		return 0;
	buf_printf(&name, "%s rule %zu", rule->table->table->chains[rule->chain].name,
		   rule->number);
	copy = name.error ? NULL : nat_text(rule->model, name.data, name.len);
	if (!copy)
		return -ENOMEM;
	r = nft_need_chain(rule->table, (struct nft_slice){ copy, name.len }, &chain);
	if (r == 0)
		r = nat_need_chain(rule->table->table, copy, name.len, &number);
	if (r < 0)
		return r;
	rule->decision.chain = number;
	return chain->count > 0 ? 0 : nft_add_lines(rule->table, chain, inside);
}

static const struct statement {
	const char *word;
	/* What follows the word. */
	int (*read)(struct nft_rule *rule, struct nft_words *words);
	/* It is not in the text of the rule. */
	bool is_silent;
} statements[] = {
	{ "counter", read_counter, true },   { "last", read_harmless, true },
	{ "comment", read_comment, false },  { "log", read_log, false },
	{ "limit", read_limit, false },	     { "quota", read_limit, false },
	{ "notrack", read_notrack, false },  { "masquerade", nft_masquerade_read, false },
	{ "snat", nft_snat_read, false },    { "dnat", read_foreign, false },
	{ "redirect", read_foreign, false }, { "tproxy", read_foreign, false },
	{ "synproxy", read_foreign, false }, { "fwd", read_foreign, false },
	{ "reject", read_reject, false },    { "queue", read_queue, false },
	{ "dup", read_harmless, false },     { "flow", read_flow, false },
	{ "reset", read_reset, false },	     { "add", read_element, false },
	{ "update", read_element, false },   { "delete", read_element, false },
	{ "meter", read_element, false },    { "set", read_old_element, false },
	{ "xt", nft_xt_read, false },	     { "#", nft_xt_read_old, false },
};

static const struct statement *take_statement(struct nft_words *words)
{
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++) {
		if (nft_take(words, statements[i].word))
			return &statements[i];
	}
	return NULL;
}

/* A statement or an expression that nft has learnt since. */
static int read_unknown(struct nft_rule *rule, struct nft_words *words)
{
	nft_next_within(words);
	skip_to_next(words);
	rule->is_unclear = true;
	return nft_rule_unknown(rule, rule->begin, words->before);
}

static int read_verdict(struct nft_rule *rule, struct nft_words *words,
			const struct nft_decision *decision)
{
	rule->decision = *decision;
	if (decision->verdict == NAT_CONTINUE)
		return 0;
	rule->decided = true;
	if (decision->chain == NAT_NO_CHAIN && nft_is(words, "{"))
		return read_block(rule, words);
	return decision->verdict == NAT_QUEUE ? read_queue(rule, words) : 0;
}

static int read_statement(struct nft_rule *rule, struct nft_words *words, bool *is_silent)
{
	const struct statement *statement;
	struct nft_decision decision;

	*is_silent = false;
	if (nft_verdict_take(rule, words, &decision))
		return read_verdict(rule, words, &decision);
	statement = take_statement(words);
	if (statement) {
		*is_silent = statement->is_silent;
		return statement->read(rule, words);
	}
	if (nft_starts_key(words) || (words->kind == NFT_WORD && *words->word.text == '@'))
		return nft_match_read(rule, words);
	return read_unknown(rule, words);
}

/* After the verdict only a comment matters. */
static int read_end(struct nft_rule *rule, struct nft_words *words)
{
	while (nft_is_any(words)) {
		const char *begin = words->begin;

		if (nft_take(words, "comment"))
			return read_comment(rule, words);
		nft_next_within(words);
		nft_rule_say(rule, begin, words->before);
	}
	return 0;
}

static int read_statements(struct nft_rule *rule, struct nft_words *words)
{
	int r = 0;

	while (r == 0 && !rule->decided && nft_is_any(words)) {
		const char *begin = words->begin;
		bool is_silent;

		rule->begin = begin;
		r = read_statement(rule, words, &is_silent);
		rule->ends_with_counter = is_silent;
		/* A sign that belongs nowhere. */
		if (r == 0 && words->begin == begin)
			nft_next_within(words);
		if (!is_silent)
			nft_rule_say(rule, begin, words->before);
	}
	return r == 0 ? read_end(rule, words) : r;
}

/*
 * nft 1.0 and 1.1 list some targets of iptables as nothing, such as MASQUERADE --random-fully of
 * IPv6: there is a blank at the end of such a rule, unless somebody removed it. A rule of iptables
 * that only counts is rare, and more so in the table nat.
 */
static bool may_lack_target(const struct nft_rule *rule, struct nft_slice text)
{
	const char *after = text.text + text.len;

	if (rule->decided || !rule->ends_with_counter || rule->index->say_rule ||
	    rule->table->table->backend != NAT_IPTABLES_NFT)
		return false;
	return nft_slice_is(rule->table->name, "nat") ||
	       (after[0] == ' ' && (after[1] == '\n' || after[1] == ' '));
}

int nft_read_rule(struct nft_index *index, struct nft_table *table, uint32_t chain, size_t number,
		  struct nft_slice text)
{
	struct nft_words words = nft_words_of(text.text, text.len);
	struct nft_rule rule;
	int r;

	while (words.kind == NFT_LINE)
		nft_next(&words);
	nft_rule_begin(&rule, index, table, chain, number);
	r = read_statements(&rule, &words);
	if (r == 0 && ((rule.is_unclear && !rule.decided) || may_lack_target(&rule, text)))
		rule.decision.verdict = NAT_UNKNOWN;
	if (r == 0)
		r = nft_rule_end(&rule);
	nft_rule_release(&rule);
	return r;
}
