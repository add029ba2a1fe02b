/* SPDX-License-Identifier: Apache-2.0 */
/* Observes the nat table through iptables-save. */
#include "node/observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/kernel/observer.h"
#include "node/launch.h"
#include "rules/chain_name.h"
#include "rules/script_read.h"
#include "util/hash.h"

/* The names of nft chains may be longer than iptables makes them. */
#define ANY_CHAIN_MAX 256

enum where { BEFORE_TABLE, IN_TABLE, AFTER_COMMIT };

struct save_reader {
	struct observer observer;
	struct observation *obs;
	const char *program;
	/* What the names of our sub-chains begin with. */
	char prefix[CHAIN_PREFIX_MAX];
	enum where where;
	/* Whether the table has chains. */
	bool any_chain;
	/* The chain of the last rule. */
	char chain[ANY_CHAIN_MAX];
	/* The number of the last rule in its chain, from 1. */
	size_t number;
	/* Whether that chain is ours, and its number. */
	bool ours;
	uint32_t current;
	struct failure *failure;
	struct script_words words;
};

static int no_memory(struct save_reader *s)
{
	return failure_no_memory(s->failure);
}

static void add_to_fingerprint(struct save_reader *s, const void *data, size_t len)
{
	s->obs->fingerprint = hash_byte(hash_bytes(s->obs->fingerprint, data, len), '\n');
}

/* ":NAME POLICY [packets:bytes]" */
static int take_chain(struct save_reader *s, const char *text)
{
	size_t len = strcspn(++text, " ");
	char name[ANY_CHAIN_MAX];
	uint32_t index;

	s->any_chain = true;
	if (len == 0 || len >= sizeof(name))
		return 0;
	memcpy(name, text, len);
	name[len] = '\0';
	if (observer_add_chain(&s->observer, name, &index) < 0)
		return no_memory(s);
	if (strcmp(name, POSTROUTING) == 0 && strncmp(text + len, " ACCEPT", 7) != 0)
		observer_set_policy(&s->observer);
	if (index != CHAIN_NONE)
		add_to_fingerprint(s, name, len);
	return 0;
}

static int join_words(struct save_reader *s, size_t from, char **text)
{
	struct buf buf = BUF_INIT;

	script_join(&buf, s->words.word + from, s->words.count - from);
	return buf_steal(&buf, text, NULL) < 0 ? no_memory(s) : 0;
}

static const char *note_comment(struct save_reader *s)
{
	const char *comment = NULL;

	for (size_t i = 0; i + 1 < s->words.count && !comment; i++)
		if (strcmp(s->words.word[i], "--comment") == 0)
			comment = s->words.word[i + 1];
	observer_note_comment(&s->observer, comment, comment ? strlen(comment) : 0);
	return comment;
}

/* @split: the words of the rule are there; else it has too many to be one of ours. */
static int take_our_rule(struct save_reader *s, size_t chain, bool split)
{
	struct observation *obs = s->obs;
	struct rule rule = rule_any(obs->rules->family);
	const char *comment = NULL;
	const char *target = NULL;
	bool is_goto = false;

	rule.target = TARGET_OTHER;
	rule.opaque = true;
	if (split) {
		script_read_rule(obs->rules->family, &s->words, &rule, &target, &is_goto);
		comment = note_comment(s);
	}
	if (is_goto && !rule.opaque) {
		uint32_t to = chain_index_find(&s->observer.chains, obs->rules, target);

		rule.target = to == CHAIN_NONE ? TARGET_OTHER : TARGET_GOTO;
		rule.chain = to == CHAIN_NONE ? 0 : to;
	}
	if (rule_is_odd(&rule) && !obs->odd && split) {
		int r = join_words(s, 0, &obs->odd);

		if (r < 0)
			return r;
		strcpy(obs->odd_chain, obs->rules->chains[chain].name);
		obs->odd_rule = obs->rules->chains[chain].count;
	}
	if (observer_add_rule(&s->observer, (uint32_t)chain, &rule, comment,
			      comment ? strlen(comment) : 0) < 0)
		return no_memory(s);
	return 0;
}

static int take_referrer(struct save_reader *s, const char *target, const struct rule *rule,
			 bool is_goto)
{
	struct referrer referrer = { .number = s->number, .exact = true };
	int r = join_words(s, 1, &referrer.words);

	referrer.right = strcmp(s->chain, POSTROUTING) == 0 &&
			 strcmp(target, s->observer.root) == 0 && rule_is_jump(rule, is_goto);
	if (r == 0 && observer_add_referrer(&s->observer, &referrer, s->chain, target) < 0)
		r = no_memory(s);
	return r;
}

static int take_rewriter(struct save_reader *s)
{
	char *words;
	int r = join_words(s, 1, &words);

	if (r == 0 && observer_add_rewriter(&s->observer, s->number, words) < 0)
		r = no_memory(s);
	return r;
}

/* Searches for words that a rule which concerns us must have: splitting all rules of others would
 * take longer. */
static bool may_concern_us(const struct save_reader *s, const char *text, bool in_postrouting)
{
	return strstr(text, s->observer.root) || strstr(text, s->prefix) ||
	       (in_postrouting && (strstr(text, " MASQUERADE") || strstr(text, " SNAT")));
}

static int take_foreign_rule(struct save_reader *s, const char *text, size_t len)
{
	bool in_postrouting = strcmp(s->chain, POSTROUTING) == 0;
	const char *target = NULL;
	struct rule rule;
	bool is_goto;

	if (may_concern_us(s, text, in_postrouting) && script_split(text, &s->words) == 0)
		script_read_rule(s->obs->rules->family, &s->words, &rule, &target, &is_goto);
	if (target && strlen(target) <= CHAIN_NAME_MAX && chain_is_ours(target, s->observer.root)) {
		add_to_fingerprint(s, text, len);
		add_to_fingerprint(s, &s->number, sizeof(s->number));
		return take_referrer(s, target, &rule, is_goto);
	}
	s->obs->foreign_count++;
	if (target && in_postrouting && target_rewrites(target))
		return take_rewriter(s);
	return 0;
}

static int not_understood(struct save_reader *s, const char *text)
{
	return failure_set(s->failure, -EPROTO, "not-understood",
			   "%s printed a line that is not understood: `%.100s'", s->program, text);
}

/* "-A CHAIN matches... -j TARGET"; rules of one chain stand together. */
static int take_rule(struct save_reader *s, const char *text, size_t len, bool cut)
{
	const char *name = text + 3;
	size_t name_len = strcspn(name, " ");

	if (name_len == 0)
		return not_understood(s, text);
	if (name_len >= sizeof(s->chain))
		name_len = sizeof(s->chain) - 1;
	if (strncmp(s->chain, name, name_len) == 0 && s->chain[name_len] == '\0') {
		s->number++;
	} else {
		memcpy(s->chain, name, name_len);
		s->chain[name_len] = '\0';
		s->number = 1;
		s->ours = name_len <= CHAIN_NAME_MAX && chain_is_ours(s->chain, s->observer.root);
		s->current = observer_find_chain(&s->observer, s->chain);
	}
	if (s->ours) {
		if (s->current == CHAIN_NONE)
			return failure_set(s->failure, -EPROTO, "not-understood",
					   "%s printed a rule of chain %s before that chain",
					   s->program, s->chain);
		add_to_fingerprint(s, text, len);
		return take_our_rule(s, s->current, !cut && script_split(text, &s->words) == 0);
	}
	if (cut) {
		s->obs->foreign_count++;
		return 0;
	}
	return take_foreign_rule(s, text, len);
}

static int take_comment(struct save_reader *s, const char *text)
{
	if (strstr(text, "is incompatible"))
		return failure_set(s->failure, -EPROTO, "not-understood",
				   "%s cannot show the nat table, because it holds rules that only "
				   "`nft' can make; move those to a table of another name",
				   s->program);
	return 0;
}

static int take_line(void *context, const char *text, size_t len, bool cut)
{
	struct save_reader *s = context;

	if (*text == '\0' && len == 0)
		return 0;
	if (*text == '#')
		return take_comment(s, text);
	switch (s->where) {
	case BEFORE_TABLE:
		if (strcmp(text, "*nat") != 0)
			return not_understood(s, text);
		s->where = IN_TABLE;
		return 0;
	case IN_TABLE:
		if (strncmp(text, "-A ", 3) == 0)
			return take_rule(s, text, len, cut);
		if (*text == ':')
			return take_chain(s, text);
		if (strcmp(text, "COMMIT") != 0)
			return not_understood(s, text);
		s->where = AFTER_COMMIT;
		return 0;
	case AFTER_COMMIT:
		break;
	}
	return not_understood(s, text);
}

/* Output that was cut short is not trusted. No output at all means that there is no such table, and
 * so does a table without chains, which iptables-nft 1.8.4 prints then. */
static int check_end(const struct save_reader *s)
{
	if (s->where == BEFORE_TABLE ||
	    (s->where == AFTER_COMMIT && (s->observer.has_postrouting || !s->any_chain)))
		return 0;
	return failure_set(s->failure, -EPROTO, "not-understood",
			   s->where == IN_TABLE
				   ? "the output of %s ends before its COMMIT"
				   : "the nat table that %s printed has no POSTROUTING",
			   s->program);
}

int observe_output(enum ipmasq_family family, const char *root, const char *program,
		   save_function save, const void *context, struct observation *obs,
		   struct failure *failure)
{
	struct save_reader s = { .obs = obs, .program = program, .failure = failure };
	int r = observer_begin(&s.observer, family, root, obs);

	obs->fingerprint = HASH_START;
	chain_prefix(root, s.prefix);
	if (r < 0)
		r = no_memory(&s);
	else
		r = save(context, take_line, &s, failure);
	observer_end(&s.observer);
	return r == 0 ? check_end(&s) : r;
}

static int save_nat(const void *context,
		    int (*line)(void *reader, const char *text, size_t len, bool cut), void *reader,
		    struct failure *failure)
{
	return iptables_save(context, "nat", line, reader, failure);
}

int observe(const struct iptables *t, const char *root, struct observation *obs,
	    struct failure *failure)
{
	return observe_output(t->family, root, program_name(t->programs->save), save_nat, t, obs,
			      failure);
}
