/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a plan into the kernel, and makes sure that it got there. */
#include "node/transaction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/desired.h"
#include "node/direct.h"
#include "node/kernel/native_table.h"
#include "node/launch.h"
#include "node/look.h"
#include "node/native.h"

/* How often another program may change the same rules meanwhile. */
#define ROUNDS_MAX 6

static struct script_edits edits_of(const struct plan *plan)
{
	return (struct script_edits){
		.deletes = plan->deletes,
		.delete_count = plan->delete_count,
		.add_jump = plan->add_jump,
		.jump_at = plan->jump_at,
		.flush_chains = plan->flushes,
		.flush_count = plan->flush_count,
		.drop_chains = plan->drops,
		.drop_count = plan->drop_count,
		.unchanged = plan->unchanged,
		.inserts = plan->inserts,
	};
}

static int write_script(struct work *w)
{
	const struct plan *plan = &w->plan;
	const struct script_edits edits = edits_of(plan);
	CLEANUP(buf_release) struct buf script = BUF_INIT;

	if (plan->block)
		script_write_blocks(&script, plan->rules, &edits, plan->block);
	else
		script_write(&script, plan->rules, &edits);
	if (script.error)
		return work_no_memory(w);
	return iptables_restore(&w->iptables, script.data, script.len, false, &w->failure);
}

/* -EAGAIN: another program has changed the table meanwhile, so nothing was written. */
static int write_plan(struct work *w)
{
	const struct plan *plan = &w->plan;

	if (work_is_native(w))
		return native_carry_out(w);
	if (plan->handle_count == 0 && w->by_netlink)
		return native_drop_chains(w);
	if (plan->handle_count == 0)
		return write_script(w);
	return direct_delete(&w->iptables, w->obs.generation, plan->handles, plan->handle_count,
			     &w->failure);
}

/* The program names a line of the script; the finding names the line of the configuration. */
static int fail_refused(struct work *w)
{
	const struct ipmasq_ruleset *rules = w->plan.rules;
	const struct script_edits edits = edits_of(&w->plan);
	struct failure *failure = &w->failure;
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	const struct pos *pos = NULL;
	size_t len = strlen(failure->text);
	size_t chain;
	size_t rule;

	if (failure->line && rules && !w->plan.block &&
	    script_written_at(rules, &edits, failure->line, &chain, &rule)) {
		uint32_t entry = rules->chains[chain].rules[rule].entry;

		script_write_line(&text, rules, &edits, chain, rule);
		if (text.error)
			return work_fail(w, NULL);
		snprintf(failure->text + len, sizeof(failure->text) - len, "; that line is `%s'",
			 text.data);
		if (rules->policy && entry != RULE_NO_ENTRY)
			pos = &policy_family(rules->policy, rules->family)->entries[entry].pos;
	}
	return work_fail(w, pos && pos->text ? pos : NULL);
}

/* @said: how many sentences the report had before those about what was written. */
static int fail_read_back(struct work *w, size_t said)
{
	report_take_back(w->report, w->family, said);
	if (work_is_native(w))
		failure_set(&w->failure, -EDOM, "read-back",
			    "the kernel took the %s rules, but its nftables do not hold what was "
			    "written%s%s",
			    family_name(w->family), *w->obs.native->odd ? ": found " : "",
			    w->obs.native->odd);
	else
		failure_set(
			&w->failure, -EDOM, "read-back",
			"%s reported success, but the %s nat table does not hold what was written",
			w->by_netlink ? "the kernel" : program_name(w->iptables.programs->restore),
			family_name(w->family));
	return work_fail(w, NULL);
}

static int fail_restless(struct work *w)
{
	failure_set(
		&w->failure, -EDOM, "read-back",
		"another program keeps changing the same rules of the %s nat table: they differed "
		"after each of %u writes",
		family_name(w->family), ROUNDS_MAX);
	return work_fail(w, NULL);
}

/* Our rules are right, but what is not ours keeps them from being in force. */
static int fail_trouble(struct work *w)
{
	failure_set(&w->failure, -EDOM, "not-in-force", "%s", w->obs.trouble);
	return work_fail(w, NULL);
}

/* Sleeps for a random time, so that two processes that interfere do not start over in step. */
static void step_aside(void)
{
	struct timespec now;
	struct timespec nap = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	nap.tv_nsec = 5000000 + now.tv_nsec / 1000 % 45 * 1000000;
	nanosleep(&nap, NULL);
}

int transaction_plan(struct work *w, int (*make_plan)(struct work *w))
{
	int r = look(w);

	/* What is read back later is ours. */
	if (r == 0 && !w->before)
		report_set_writer(w->report, w->family, &w->obs);
	return r < 0 ? r : make_plan(w);
}

/* Keeps the rules before the first attempt to write, by which flows_follow() judges flows. */
static void keep_before(struct work *w)
{
	const struct observation *obs = &w->obs;

	if (w->before)
		return;
	w->before_jump = JUMP_NONE;
	if (obs->native && observation_is_reached(obs))
		w->before_jump = JUMP_OURS;
	for (size_t i = 0; i < obs->referrer_count && w->before_jump != JUMP_OURS; i++)
		if (obs->referrers[i].right)
			w->before_jump = JUMP_OURS;
		else if (strcmp(obs->referrers[i].target, w->root) == 0)
			w->before_jump = JUMP_OTHER;
	w->before = w->obs.rules;
	w->obs.rules = NULL;
}

/* Writes; @learnt: it was refused for an option that the rules may do without, and are now to be
 * planned without. */
static int write_or_learn(struct work *w, bool *learnt)
{
	int r = write_plan(w);

	*learnt = false;
	return r == -EPROTO && desired_learn(w, learnt) < 0 ? -ENOMEM : r;
}

int transaction_carry_out(struct work *w, int (*make_plan)(struct work *w),
			  void (*describe)(struct work *w), bool *changed)
{
	struct failure refused = { 0 };
	uint64_t before = 0;
	size_t said = 0;
	/* Whether the last attempt changed nothing because others changed something. */
	bool outrun = false;

	for (unsigned int round = 0;;) {
		bool learnt;
		int r = transaction_plan(w, make_plan);

		if (r < 0)
			return work_fail(w, NULL);
		if (w->plan.empty)
			return *w->obs.trouble ? fail_trouble(w) : 0;
		/* The same as before the last write: it had no effect, and nobody interfered. */
		if (round > 0 && !outrun && w->obs.fingerprint == before) {
			if (*w->obs.trouble)
				return fail_trouble(w);
			w->failure = refused;
			return refused.error ? fail_refused(w) : fail_read_back(w, said);
		}
		if (round == ROUNDS_MAX)
			return fail_restless(w);
		if (round > 0)
			step_aside();
		before = w->obs.fingerprint;
		r = write_or_learn(w, &learnt);
		outrun = r == -EAGAIN;
		refused = r < 0 && !outrun ? w->failure : (struct failure){ 0 };
		if (r == 0) {
			*changed = true;
			said = work_report(w)->count;
			describe(w);
		} else if (r == -EPROTO && w->iptables.backend == IPMASQ_BACKEND_NFT)
			w->by_handles |= w->plan.delete_count > 0;
		/* A program that failed may have written nevertheless. */
		keep_before(w);
		if (r < 0 && r != -EPROTO && !outrun)
			return work_fail(w, NULL);
		work_forget(w);
		round = learnt ? 0 : round + 1;
	}
}
