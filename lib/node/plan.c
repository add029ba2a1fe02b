/* SPDX-License-Identifier: Apache-2.0 */
/* Plans the change from what was observed to what is wanted. */
#include "node/plan.h"

#include <stdlib.h>
#include <string.h>

#include "node/native.h"
#include "rules/chain_index.h"

/* Makes room for every deletion and every chain that may be dropped. */
static int plan_make_room(struct work *w)
{
	struct plan *plan = &w->plan;

	plan_release(plan);
	plan->deletes = calloc(w->obs.referrer_count + 1, sizeof(*plan->deletes));
	plan->handles = calloc(w->obs.referrer_count + 1, sizeof(*plan->handles));
	plan->drops = calloc(w->obs.rules->count + 1, sizeof(*plan->drops));
	plan->flushes = calloc(w->obs.rules->count + 1, sizeof(*plan->flushes));
	return plan->deletes && plan->handles && plan->drops && plan->flushes ? 0
									      : work_no_memory(w);
}

/* Only rules of POSTROUTING are deleted: a chain that another chain leads to cannot be dropped. Nor
 * can one whose rule goes after the transaction. */
static bool is_in_use(const struct work *w, const char *chain)
{
	for (size_t i = 0; i < w->obs.referrer_count; i++) {
		const struct referrer *referrer = &w->obs.referrers[i];

		if (strcmp(referrer->target, chain) == 0 &&
		    !(referrer->in_postrouting && (w->desired ? referrer_has_words(referrer)
							      : referrer_can_be_deleted(referrer))))
			return true;
	}
	return false;
}

static void plan_delete(struct plan *plan, const struct referrer *referrer)
{
	if (referrer_has_words(referrer))
		plan->deletes[plan->delete_count++] = referrer->words;
	else
		plan->handles[plan->handle_count++] = referrer->handle;
}

/*
 * The first right jump stays, so that it keeps its place among the rules of others. A deletion
 * takes the first rule of the same words; where the jump has such copies, all are deleted and the
 * jump is inserted in its old place.
 */
static size_t jump_to_keep(const struct observation *obs)
{
	size_t keep = obs->referrer_count;

	for (size_t i = obs->referrer_count; i-- > 0;)
		if (obs->referrers[i].right)
			keep = i;
	for (size_t i = obs->referrer_count; i-- > 0;)
		if (obs->referrers[i].right && !referrer_can_be_deleted(&obs->referrers[i]))
			keep = i;
	return keep;
}

/* Rules are deleted by their words and never by number: another program may have moved them since,
 * and the number may now be that of a rule of others. */
static void plan_jumps(const struct observation *obs, struct plan *plan)
{
	size_t keep = jump_to_keep(obs);
	size_t before = 0;
	bool copied = false;

	for (size_t i = 0; i < obs->referrer_count; i++) {
		const struct referrer *referrer = &obs->referrers[i];

		plan->right_jumps += referrer->right;
		if (!referrer->in_postrouting || !referrer_can_be_deleted(referrer) || i == keep)
			continue;
		before += i < keep;
		copied |= keep < obs->referrer_count && referrer_has_words(referrer) &&
			  strcmp(referrer->words, obs->referrers[keep].words) == 0;
		plan_delete(plan, referrer);
	}
	plan->keep = keep;
	plan->add_jump = copied || keep == obs->referrer_count;
	if (copied) {
		plan->deletes[plan->delete_count++] = obs->referrers[keep].words;
		plan->jump_at = obs->referrers[keep].number - before;
	}
}

/* Drops the chains of ours that the wanted ruleset does not have. */
static int plan_drops(struct work *w, struct plan *plan)
{
	struct chain_index wanted = { 0 };
	int r = chain_index_update(&wanted, w->desired);

	for (size_t i = 1; i < w->obs.rules->count && r == 0; i++) {
		const struct chain *chain = &w->obs.rules->chains[i];

		if (chain->absent ||
		    chain_index_find(&wanted, w->desired, chain->name) != CHAIN_NONE)
			continue;
		if (!is_in_use(w, chain->name))
			plan->drops[plan->drop_count++] = chain->name;
		else if (chain->count > 0)
			plan->flushes[plan->flush_count++] = chain->name;
	}
	chain_index_release(&wanted);
	return r < 0 ? work_no_memory(w) : 0;
}

static void plan_blocks(struct work *w)
{
	struct plan *plan = &w->plan;

	if (w->iptables.backend != IPMASQ_BACKEND_NFT)
		return;
	if (plan->written > NFT_BLOCK_CHAINS || plan->drop_count > NFT_BLOCK_CHAINS)
		plan->block = NFT_BLOCK_CHAINS;
}

/* Chains that are not wanted come after those that are; plan_drops() deals with them. */
static int plan_chains(struct work *w, struct plan *plan)
{
	const struct ipmasq_ruleset *seen = w->obs.rules;

	plan->rules = w->desired;
	plan->unchanged = calloc(w->desired->count, sizeof(*plan->unchanged));
	if (!plan->unchanged)
		return work_no_memory(w);
	for (size_t i = 0; i < w->desired->count; i++) {
		plan->unchanged[i] = !seen->chains[i].absent && (i > 0 || w->obs.root_exists) &&
				     chain_is_as_wanted(seen, w->desired, i);
		plan->written += !plan->unchanged[i];
	}
	plan->chains_differ = plan->written > 0;
	return 0;
}

int plan_policy(struct work *w)
{
	struct plan *plan = &w->plan;
	int r = 0;

	if (work_is_native(w))
		return native_plan_policy(w);
	plan_release(plan);
	if (chains_align(w->obs.rules, w->desired) < 0)
		r = work_no_memory(w);
	if (r == 0)
		r = plan_make_room(w);
	if (r == 0)
		r = plan_chains(w, plan);
	if (r == 0)
		r = plan_drops(w, plan);
	if (r < 0)
		return r;
	plan_jumps(&w->obs, plan);
	plan_blocks(w);
	plan->empty = !plan->chains_differ && !plan->add_jump && plan->delete_count == 0 &&
		      plan->drop_count == 0 && plan->flush_count == 0;
	/* The transaction makes another generation, in which the handles are looked up again. */
	if (!plan->empty)
		plan->handle_count = 0;
	plan->empty &= plan->handle_count == 0;
	return 0;
}

int plan_insertions(struct work *w)
{
	struct plan *plan = &w->plan;

	if (plan->block || !plan->chains_differ)
		return 0;
	plan->inserts = calloc(plan->rules->count, sizeof(*plan->inserts));
	if (!plan->inserts)
		return work_no_memory(w);
	for (size_t i = 0; i < plan->rules->count; i++) {
		struct rule_run run;

		if (!plan->unchanged[i] && (i > 0 || w->obs.root_exists) &&
		    chain_lacks_run(w->obs.rules, plan->rules, i, &run))
			plan->inserts[i] = run;
	}
	return 0;
}

/* Chains that rules of others lead to are emptied and stay. */
int plan_removal(struct work *w)
{
	const struct ipmasq_ruleset *seen = w->obs.rules;
	struct plan *plan = &w->plan;
	bool empty = true;
	int r;

	if (work_is_native(w))
		return native_plan_removal(w);
	r = plan_make_room(w);
	if (r == 0 && ruleset_new_empty(w->family, &plan->emptied) < 0)
		r = work_no_memory(w);
	if (r < 0)
		return r;
	for (size_t i = 0; i < w->obs.referrer_count; i++)
		if (w->obs.referrers[i].in_postrouting &&
		    referrer_can_be_deleted(&w->obs.referrers[i]))
			plan_delete(plan, &w->obs.referrers[i]);
	plan->rules = plan->emptied;
	if (plan->handle_count > 0) {
		plan->delete_count = 0;
		return 0;
	}
	for (size_t i = w->obs.root_exists ? 0 : 1; i < seen->count; i++) {
		const char *name = seen->chains[i].name;
		uint32_t index;

		if (!is_in_use(w, name)) {
			plan->drops[plan->drop_count++] = name;
			continue;
		}
		empty &= seen->chains[i].count == 0;
		if (ruleset_add_chain(plan->emptied, name, strlen(name), &index) < 0)
			return work_no_memory(w);
	}
	plan->written = plan->emptied->count;
	plan->chains_differ = !empty;
	plan_blocks(w);
	plan->empty = empty && plan->delete_count == 0 && plan->drop_count == 0;
	return 0;
}
