/* SPDX-License-Identifier: Apache-2.0 */
/* Observes the nat table through iptables-save. */
#include "node/observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/chain_index.h"
#include "rules/chain_name.h"
#include "node/launch.h"
#include "rules/script_read.h"

/* nft chains may have names longer than iptables makes them. */
#define ANY_CHAIN_MAX 256

enum where { BEFORE_TABLE, IN_TABLE, AFTER_COMMIT };

struct observer {
	struct observation *obs;
	const char *root;
	const char *program;
	char prefix[CHAIN_PREFIX_MAX];
	enum where where;
	bool has_postrouting;
	char chain[ANY_CHAIN_MAX]; /* of the last rule */
	size_t number; /* of the last rule in its chain, from 1 */
	struct chain_index chains; /* of obs->rules */
	bool ours; /* the chain of the last rule is; and its number */
	uint32_t current;
	struct failure *failure;
	struct script_words words;
};

static int no_memory(struct observer *o)
{
	return failure_no_memory(o->failure);
}

/* FNV-1a over what concerns us. */
static void fingerprint(struct observer *o, const char *text, size_t len)
{
	uint64_t hash = o->obs->fingerprint;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
	o->obs->fingerprint = (hash ^ '\n') * 1099511628211u;
}

/* ":NAME POLICY [packets:bytes]" */
static int take_chain(struct observer *o, const char *text)
{
	size_t len = strcspn(++text, " ");
	char name[ANY_CHAIN_MAX];
	uint32_t index;

	if (len == 0 || len >= sizeof(name))
		return 0;
	memcpy(name, text, len);
	name[len] = '\0';
	if (strcmp(name, "POSTROUTING") == 0)
		o->has_postrouting = true;
	if (len > CHAIN_NAME_MAX || !chain_is_ours(name, o->root))
		return 0;
	fingerprint(o, name, len);
	if (strcmp(name, o->root) == 0) {
		o->obs->root_exists = true;
		return 0;
	}
	if (ruleset_add_chain(o->obs->rules, name, len, &index) < 0 ||
	    chain_index_update(&o->chains, o->obs->rules) < 0)
		return no_memory(o);
	return 0;
}

static int join(struct observer *o, size_t from, char **text)
{
	struct buf buf = BUF_INIT;

	script_join(&buf, o->words.word + from, o->words.count - from);
	return buf_steal(&buf, text, NULL) < 0 ? no_memory(o) : 0;
}

/* A rule that is not split has too many words for any of ours. */
static int take_our_rule(struct observer *o, size_t chain, bool split)
{
	struct observation *obs = o->obs;
	struct rule rule = rule_any(obs->rules->family);
	const char *target = NULL;
	bool is_goto = false;

	rule.target = TARGET_OTHER;
	rule.opaque = true;
	if (split)
		script_read_rule(obs->rules->family, &o->words, &rule, &target, &is_goto);
	if (is_goto && !rule.opaque) {
		uint32_t to = chain_index_find(&o->chains, obs->rules, target);

		rule.target = to == CHAIN_NONE ? TARGET_OTHER : TARGET_GOTO;
		rule.chain = to == CHAIN_NONE ? 0 : to;
	}
	if (rule_is_odd(&rule) && !obs->odd && split) {
		int r = join(o, 0, &obs->odd);

		if (r < 0)
			return r;
		strcpy(obs->odd_chain, obs->rules->chains[chain].name);
		obs->odd_rule = obs->rules->chains[chain].count;
	}
	return chain_add_rule(&obs->rules->chains[chain], &rule) < 0 ? no_memory(o) : 0;
}

static int take_referrer(struct observer *o, const char *target, const struct rule *rule,
			 bool is_goto)
{
	struct observation *obs = o->obs;
	struct referrer *referrer;

	if (array_grow(&obs->referrers, &obs->referrer_capacity, obs->referrer_count,
		       sizeof(*obs->referrers)) < 0)
		return no_memory(o);
	referrer = &obs->referrers[obs->referrer_count];
	*referrer = (struct referrer){ .number = o->number };
	snprintf(referrer->target, sizeof(referrer->target), "%s", target);
	referrer->in_postrouting = strcmp(o->chain, "POSTROUTING") == 0;
	referrer->right = referrer->in_postrouting && strcmp(target, o->root) == 0 &&
			  rule_is_jump(rule, is_goto);
	referrer->chain = strdup(o->chain);
	if (!referrer->chain)
		return no_memory(o);
	obs->referrer_count++;
	return join(o, 1, &referrer->words);
}

static int take_rewriter(struct observer *o)
{
	struct observation *obs = o->obs;

	if (obs->rewriter_count++ >= REWRITERS_MAX)
		return 0;
	obs->rewriters[obs->rewriter_count - 1].number = o->number;
	return join(o, 1, &obs->rewriters[obs->rewriter_count - 1].words);
}

/* Two or three searches, and most foreign rules are done with: only those that may concern us are
 * taken apart. */
static bool may_concern_us(const struct observer *o, const char *text, bool in_postrouting)
{
	return strstr(text, o->root) || strstr(text, o->prefix) ||
	       (in_postrouting && (strstr(text, " MASQUERADE") || strstr(text, " SNAT")));
}

static int take_foreign_rule(struct observer *o, const char *text, size_t len)
{
	bool in_postrouting = strcmp(o->chain, "POSTROUTING") == 0;
	const char *target = NULL;
	struct rule rule;
	bool is_goto;

	if (may_concern_us(o, text, in_postrouting) && script_split(text, &o->words) == 0)
		script_read_rule(o->obs->rules->family, &o->words, &rule, &target, &is_goto);
	if (target && strlen(target) <= CHAIN_NAME_MAX && chain_is_ours(target, o->root)) {
		fingerprint(o, text, len);
		fingerprint(o, (const char *)&o->number, sizeof(o->number));
		return take_referrer(o, target, &rule, is_goto);
	}
	o->obs->foreign_count++;
	if (target && in_postrouting &&
	    (strcmp(target, "MASQUERADE") == 0 || strcmp(target, "SNAT") == 0))
		return take_rewriter(o);
	return 0;
}

/* "-A CHAIN matches... -j TARGET"; rules of one chain stand together. */
static int take_rule(struct observer *o, const char *text, size_t len, bool cut)
{
	const char *name = text + 3;
	size_t name_len = strcspn(name, " ");

	if (name_len >= sizeof(o->chain))
		name_len = sizeof(o->chain) - 1;
	if (strncmp(o->chain, name, name_len) == 0 && o->chain[name_len] == '\0') {
		o->number++;
	} else {
		memcpy(o->chain, name, name_len);
		o->chain[name_len] = '\0';
		o->number = 1;
		o->ours = name_len <= CHAIN_NAME_MAX && chain_is_ours(o->chain, o->root);
		o->current = chain_index_find(&o->chains, o->obs->rules, o->chain);
	}
	if (o->ours) {
		if (o->current == CHAIN_NONE || (o->current == 0 && !o->obs->root_exists))
			return failure_set(o->failure, -EPROTO, "not-understood",
					   "%s printed a rule of chain %s before that chain",
					   o->program, o->chain);
		fingerprint(o, text, len);
		return take_our_rule(o, o->current, !cut && script_split(text, &o->words) == 0);
	}
	if (cut) {
		o->obs->foreign_count++;
		return 0;
	}
	return take_foreign_rule(o, text, len);
}

static int not_understood(struct observer *o, const char *text)
{
	return failure_set(o->failure, -EPROTO, "not-understood",
			   "%s printed what is not understood: `%.100s'", o->program, text);
}

static int take_comment(struct observer *o, const char *text)
{
	if (strstr(text, "is incompatible"))
		return failure_set(o->failure, -EPROTO, "not-understood",
				   "%s cannot show the nat table, because it holds rules that only "
				   "`nft' can make; move those to a table of another name",
				   o->program);
	return 0;
}

static int take_line(void *context, const char *text, size_t len, bool cut)
{
	struct observer *o = context;

	if (*text == '\0' && len == 0)
		return 0;
	if (*text == '#')
		return take_comment(o, text);
	switch (o->where) {
	case BEFORE_TABLE:
		if (strcmp(text, "*nat") != 0)
			return not_understood(o, text);
		o->where = IN_TABLE;
		return 0;
	case IN_TABLE:
		if (strncmp(text, "-A ", 3) == 0)
			return take_rule(o, text, len, cut);
		if (*text == ':')
			return take_chain(o, text);
		if (strcmp(text, "COMMIT") != 0)
			return not_understood(o, text);
		o->where = AFTER_COMMIT;
		return 0;
	case AFTER_COMMIT:
		break;
	}
	return not_understood(o, text);
}

/* A save that was cut short is never believed; nothing at all means that there is no such table. */
static int check_end(const struct observer *o)
{
	if (o->where == BEFORE_TABLE || (o->where == AFTER_COMMIT && o->has_postrouting))
		return 0;
	return failure_set(o->failure, -EPROTO, "not-understood",
			   o->where == IN_TABLE
				   ? "the output of %s ends before its COMMIT"
				   : "the nat table that %s printed has no POSTROUTING",
			   o->program);
}

int observe(const struct iptables *t, const char *root, struct observation *obs,
	    struct failure *failure)
{
	struct observer o = { .obs = obs,
			      .root = root,
			      .program = program_name(t->programs->save),
			      .failure = failure };
	uint32_t index;
	int r;

	*obs = (struct observation){ .fingerprint = 14695981039346656037u };
	chain_prefix(root, o.prefix);
	r = ruleset_new_empty(t->family, &obs->rules);
	if (r == 0)
		r = ruleset_add_chain(obs->rules, root, strlen(root), &index);
	if (r == 0)
		r = chain_index_update(&o.chains, obs->rules);
	if (r < 0)
		r = no_memory(&o);
	else
		r = iptables_save(t, "nat", take_line, &o, failure);
	chain_index_release(&o.chains);
	return r == 0 ? check_end(&o) : r;
}

static int look_for_hint(void *context, const char *text, size_t len, bool cut)
{
	static const char *const hints[] = { ":KUBE-IPTABLES-HINT ", ":KUBE-KUBELET-CANARY " };

	(void)len;
	(void)cut;
	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (strncmp(text, hints[i], strlen(hints[i])) == 0)
			*(bool *)context = true;
	return 0;
}

int observe_hints(const struct iptables *t, bool *found, struct failure *failure)
{
	*found = false;
	return iptables_save(t, "mangle", look_for_hint, found, failure);
}
