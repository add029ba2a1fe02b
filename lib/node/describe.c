/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of a report: what differs, what was done, and what others do. */
#include "node/describe.h"

#include <stdio.h>
#include <string.h>

#include "node/launch.h"
#include "node/lock_file.h"
#include "node/native.h"

/* The rule as it is in the kernel, written our way where the model can hold it. */
static void put_seen_rule(struct buf *buf, const struct observation *obs, size_t chain, size_t rule)
{
	const struct rule *seen = &obs->rules->chains[chain].rules[rule];

	if (obs->odd && obs->odd_rule == rule &&
	    strcmp(obs->odd_chain, obs->rules->chains[chain].name) == 0)
		buf_puts(buf, obs->odd);
	else if (rule_is_odd(seen))
		buf_puts(buf, "a rule of another kind");
	else
		script_write_rule(buf, obs->rules, chain, rule);
}

static void say_rule(struct work *w, size_t chain, size_t rule)
{
	const struct chain *wanted = &w->desired->chains[chain];
	const struct chain *seen = &w->obs.rules->chains[chain];
	CLEANUP(buf_release) struct buf expected = BUF_INIT;
	CLEANUP(buf_release) struct buf found = BUF_INIT;

	if (rule < wanted->count)
		script_write_rule(&expected, w->desired, chain, rule);
	if (rule < seen->count)
		put_seen_rule(&found, &w->obs, chain, rule);
	if (expected.error || found.error)
		report_no_memory(w->report, w->family);
	else if (!found.len)
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS,
			 "rule %zu of chain %s is missing: expected `%s'", rule + 1, wanted->name,
			 expected.data);
	else if (!expected.len)
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS,
			 "rule %zu of chain %s is one too many: found `%s'", rule + 1, wanted->name,
			 found.data);
	else
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS,
			 "rule %zu of chain %s differs: expected `%s', found `%s'", rule + 1,
			 wanted->name, expected.data, found.data);
}

/* The first difference in full, and how many rules there are. */
static void say_chain(struct work *w, size_t chain)
{
	const struct chain *wanted = &w->desired->chains[chain];
	const struct chain *seen = &w->obs.rules->chains[chain];
	size_t rule = 0;

	while (rule < wanted->count && rule < seen->count &&
	       rule_equal(&wanted->rules[rule], &seen->rules[rule]))
		rule++;
	if (rule == wanted->count && rule == seen->count)
		return;
	say_rule(w, chain, rule);
	if (wanted->count != seen->count)
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS, "chain %s has %zu rule%s, expected %zu",
			 wanted->name, seen->count, plural(seen->count), wanted->count);
}

/* How many chains of a tree are described. */
#define CHAINS_SAID_MAX 5

static bool chain_differs(const struct work *w, size_t chain, bool *missing)
{
	const struct ipmasq_ruleset *seen = w->obs.rules;

	*missing = chain == 0 ? !w->obs.root_exists : seen->chains[chain].absent;
	return *missing || !chain_is_as_wanted(seen, w->desired, chain);
}

static void describe_chains(struct work *w)
{
	size_t said = 0;

	for (size_t i = 0; i < w->desired->count; i++) {
		bool missing;

		if (!chain_differs(w, i, &missing) || said++ >= CHAINS_SAID_MAX)
			continue;
		if (missing)
			WORK_SAY(w, IPMASQ_LINE_CHAIN_MISSING, "chain %s is missing",
				 w->desired->chains[i].name);
		else
			say_chain(w, i);
	}
	if (said > CHAINS_SAID_MAX)
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS, "%zu more chains differ",
			 said - CHAINS_SAID_MAX);
}

/* One sentence for each of a few chains, or one for many. */
static void say_dropped(struct work *w, enum ipmasq_line_kind kind, const char *before,
			const char *after)
{
	const struct plan *plan = &w->plan;

	for (size_t i = 0; i < plan->drop_count && plan->drop_count <= CHAINS_SAID_MAX; i++)
		WORK_SAY(w, kind, "%schain %s%s", before, plan->drops[i], after);
	if (plan->drop_count > CHAINS_SAID_MAX)
		WORK_SAY(w, kind, "%zu %schains such as %s%s", plan->drop_count, before,
			 plan->drops[0], after);
}

static void say_flushed(struct work *w, enum ipmasq_line_kind kind, const char *what)
{
	for (size_t i = 0; i < w->plan.flush_count; i++)
		WORK_SAY(w, kind, "stale chain %s %s: others lead to it, so it stays",
			 w->plan.flushes[i], what);
}

void describe_drift(struct work *w)
{
	const struct plan *plan = &w->plan;

	if (work_is_native(w)) {
		native_describe_drift(w);
		return;
	}
	if (plan->chains_differ)
		describe_chains(w);
	if (plan->right_jumps == 0)
		WORK_SAY(w, IPMASQ_LINE_JUMP_MISSING,
			 "the jump from POSTROUTING to chain %s is missing", w->root);
	if (plan->right_jumps > 1)
		WORK_SAY(w, IPMASQ_LINE_JUMP_DIFFERS, "%zu jumps from POSTROUTING, expected 1",
			 plan->right_jumps);
	for (size_t i = 0; i < w->obs.referrer_count; i++)
		if (w->obs.referrers[i].in_postrouting && !w->obs.referrers[i].right)
			WORK_SAY(w, IPMASQ_LINE_JUMP_DIFFERS,
				 "rule %zu of POSTROUTING leads to chain %s, but is not our jump: "
				 "`%s'",
				 w->obs.referrers[i].number, w->obs.referrers[i].target,
				 w->obs.referrers[i].words);
	say_dropped(w, IPMASQ_LINE_STALE, "stale ", " of ours is still there");
	say_flushed(w, IPMASQ_LINE_STALE, "still has rules");
}

static void say_deletes(struct work *w)
{
	const struct observation *obs = &w->obs;
	const char *backend = ipmasq_backend_name(w->iptables.backend);
	size_t copies = 0;

	for (size_t i = 0; i < obs->referrer_count; i++) {
		const struct referrer *referrer = &obs->referrers[i];

		if (!referrer->in_postrouting || !referrer_can_be_deleted(referrer) ||
		    referrer_has_words(referrer) != (w->plan.handle_count == 0))
			continue;
		if (referrer->right && !w->plan.emptied)
			copies += i != w->plan.keep;
		else if (w->plan.emptied)
			WORK_SAY(w, IPMASQ_LINE_CHANGE,
				 "rule %zu of POSTROUTING removed (%s): `%s'", referrer->number,
				 backend, referrer->words);
		else
			WORK_SAY(w, IPMASQ_LINE_CHANGE, "rule %zu of POSTROUTING removed: `%s'",
				 referrer->number, referrer->words);
	}
	if (copies > 0)
		WORK_SAY(w, IPMASQ_LINE_CHANGE, "%zu duplicate jump%s from POSTROUTING removed",
			 copies, plural(copies));
}

static void say_written(struct work *w)
{
	const struct ipmasq_ruleset *rules = w->plan.rules;
	const char *verb = w->obs.root_exists ? "rewritten" : "created";
	size_t count = ruleset_rule_count(rules);

	if (w->plan.written < rules->count)
		WORK_SAY(w, IPMASQ_LINE_CHANGE,
			 "chain %s brought in line: %zu of the %zu chains of its tree rewritten",
			 w->root, w->plan.written, rules->count);
	else if (rules->layout == IPMASQ_LAYOUT_TREE)
		WORK_SAY(w, IPMASQ_LINE_CHANGE, "chain %s %s: %zu rule%s, a tree of %zu chain%s",
			 w->root, verb, count, plural(count), rules->count, plural(rules->count));
	else
		WORK_SAY(w, IPMASQ_LINE_CHANGE, "chain %s %s: %zu rule%s, linear", w->root, verb,
			 count, plural(count));
}

void describe_changes(struct work *w)
{
	const struct plan *plan = &w->plan;

	if (work_is_native(w)) {
		native_describe_changes(w);
		return;
	}
	if (plan->chains_differ)
		say_written(w);
	say_deletes(w);
	if (plan->right_jumps == 0)
		WORK_SAY(w, IPMASQ_LINE_CHANGE, "jump from POSTROUTING added");
	say_dropped(w, IPMASQ_LINE_CHANGE, "stale ", " removed");
	say_flushed(w, IPMASQ_LINE_CHANGE, "emptied");
}

void describe_removal(struct work *w)
{
	const struct plan *plan = &w->plan;
	const char *backend = ipmasq_backend_name(w->iptables.backend);
	char removed[32];

	if (work_is_native(w)) {
		native_describe_removal(w);
		return;
	}
	snprintf(removed, sizeof(removed), " removed (%s)", backend);
	say_deletes(w);
	say_dropped(w, IPMASQ_LINE_CHANGE, "", removed);
	for (size_t i = 0; i < plan->emptied->count; i++)
		WORK_SAY(w, IPMASQ_LINE_CHANGE, "chain %s emptied (%s): others still lead to it",
			 plan->emptied->chains[i].name, backend);
}

void describe_referrer(struct buf *buf, const struct referrer *referrer)
{
	if (referrer->number)
		buf_printf(buf, "rule %zu of chain %s leads to it, `-A %s'", referrer->number,
			   referrer->chain, referrer->words);
	else
		buf_printf(buf, "%s leads to it", referrer->words);
}

/* A rule of POSTROUTING that no script deletes. */
static void describe_left_jump(struct work *w, const struct referrer *referrer)
{
	if (referrer->exact)
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "rule %zu of POSTROUTING leads to chain %s too, left alone: its comment "
			 "has a newline, which no script can express",
			 referrer->number, referrer->target);
	else
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "rule %zu of POSTROUTING leads to chain %s too, left alone since %s "
			 "cannot print it: `%s -t nat -D POSTROUTING %zu' deletes it",
			 referrer->number, referrer->target,
			 program_name(w->iptables.programs->save),
			 w->family == IPMASQ_IPV6 ? "ip6tables-legacy" : "iptables-legacy",
			 referrer->number);
}

static void describe_other_referrer(struct work *w, const struct referrer *referrer)
{
	if (referrer->number)
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "rule %zu of chain %s leads to chain %s too, left alone: `%s'",
			 referrer->number, referrer->chain, referrer->target, referrer->words);
	else
		WORK_SAY(w, IPMASQ_LINE_NOTE, "%s leads to chain %s too, left alone",
			 referrer->words, referrer->target);
}

static size_t kept_jump_number(const struct work *w)
{
	return w->plan.keep < w->obs.referrer_count ? w->obs.referrers[w->plan.keep].number : 0;
}

/* Both families have one lock. */
static void describe_lock_file(struct work *w)
{
	if (w->family == IPMASQ_IPV4 && w->iptables.backend == IPMASQ_BACKEND_LEGACY &&
	    lock_file_is_private(w->node))
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "the lock file %s is in the file system of a container, where other "
			 "programs of the node do not see it: mount %s of the node there",
			 lock_file_path(w->node), NODE_LOCK_FILE);
}

void describe_others(struct work *w)
{
	const struct observation *obs = &w->obs;
	size_t jump = kept_jump_number(w);

	describe_lock_file(w);
	if (obs->others_unknown)
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "%s cannot show the nat table, so `...' stands for what it would say of "
			 "rules of others",
			 program_name(w->iptables.programs->save));
	for (size_t i = 0; i < obs->referrer_count; i++) {
		const struct referrer *referrer = &obs->referrers[i];

		if (!referrer->in_postrouting)
			describe_other_referrer(w, referrer);
		else if (i != w->plan.keep && !referrer_can_be_deleted(referrer))
			describe_left_jump(w, referrer);
	}
	/* Where the kernel can be read, overridden.c tells what such rules do. */
	if (w->node->direct)
		return;
	for (size_t i = 0; i < obs->rewriter_count && i < REWRITERS_MAX; i++)
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "rule %zu of POSTROUTING, %s our jump, rewrites sources as well: `%s'",
			 obs->rewriters[i].number,
			 jump && obs->rewriters[i].number > jump ? "after" : "before",
			 obs->rewriters[i].words);
	if (obs->rewriter_count > REWRITERS_MAX)
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "%zu more rules of POSTROUTING rewrite sources as well",
			 obs->rewriter_count - REWRITERS_MAX);
}
