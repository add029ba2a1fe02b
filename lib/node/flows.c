/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the flows whose translation is wrong under the new rules. The kernel consults the nat table
 * once per flow, so a flow keeps its translation until it ends.
 */
#include "node/flows.h"

#include "node/kernel/conntrack.h"
#include "rules/verdict.h"

struct judgement {
	const struct pending_flows *pending;
	const struct ipmasq_ruleset *after;
};

/*
 * A flow is stale where its translation differs from the one that the new rules give, and is one
 * that our old rules gave. Otherwise a rule of others may have translated it.
 */
static bool is_stale(const struct flow *flow, void *context)
{
	const struct judgement *judgement = context;
	enum rules_verdict after =
		ruleset_verdict(judgement->after, &flow->src, &flow->dst, flow->proto);
	enum rules_verdict has = addr_equal(flow->src, flow->seen) ? RULES_RETURN
								   : RULES_MASQUERADE;
	const struct pending_flows *pending = judgement->pending;

	if (after == RULES_UNKNOWN || has == after)
		return false;
	for (size_t i = 0; i < pending->count; i++) {
		enum rules_verdict before = RULES_RETURN;

		if (pending->before[i])
			before = ruleset_verdict(pending->before[i], &flow->src, &flow->dst,
						 flow->proto);
		if (before == has)
			return true;
	}
	return false;
}

void flows_remember(struct work *w)
{
	bool ours = w->before_jump == JUMP_OURS;

	/* Where the old rules were reached by a jump of others, what they gave is not known. */
	if (w->node->flows == IPMASQ_FLOWS_LEAVE || !w->before || w->before_jump == JUMP_OTHER)
		return;
	/* The old rules are those of another backend, which are remembered when they go. */
	for (size_t i = 0; i < BACKENDS; i++)
		if (w->before_jump == JUMP_NONE && w->others[i].signs.ours == OURS_REACHED)
			return;
	pending_flows_add(&w->node->pending[family_index(w->family)], ours ? w->before : NULL);
	if (ours)
		w->before = NULL;
}

static void report_flows(struct work *w, const struct conntrack_counts *counts)
{
	size_t left = counts->matched - counts->ended;

	if (counts->ended > 0)
		WORK_SAY(w, IPMASQ_LINE_CHANGE,
			 "%zu flow%s ended, which the old rules translated otherwise",
			 counts->ended, counts->ended == 1 ? "" : "s");
	if (counts->busy > 0)
		WORK_SAY(w, IPMASQ_LINE_CHANGE,
			 "%zu flow%s could not be ended: the kernel has handed %s on", counts->busy,
			 counts->busy == 1 ? "" : "s", counts->busy == 1 ? "it" : "them");
	else if (left > 0 && w->node->flows == IPMASQ_FLOWS_COUNT)
		WORK_SAY(w, IPMASQ_LINE_CHANGE,
			 "%zu flow%s the translation that the old rules gave until %s", left,
			 left == 1 ? " keeps" : "s keep", left == 1 ? "it ends" : "they end");
}

int flows_follow(struct work *w)
{
	struct pending_flows *pending = &w->node->pending[family_index(w->family)];
	struct judgement judgement = { .pending = pending, .after = w->desired };
	bool end = w->node->flows == IPMASQ_FLOWS_END;
	struct conntrack_counts counts;
	int r;

	if (pending->count == 0)
		return 0;
	r = conntrack_each(w->node->netns, w->family, is_stale, &judgement, end, &counts);
	work_report(w)->flows_ended = counts.ended;
	if (r == 0 || counts.matched > 0)
		report_flows(w, &counts);
	if (r == 0 || !end)
		pending_flows_forget(pending);
	if (r == 0 || (!end && r != -ENOMEM))
		return 0;
	if (r == -ENOMEM)
		return work_no_memory(w);
	failure_set(&w->failure, r, "conntrack",
		    "the %s rules are in line, but the flows of the old ones cannot be ended: %s",
		    family_name(w->family),
		    r == -EPERM	       ? "not permitted"
		    : r == -EOPNOTSUPP ? "the kernel does not list flows (nf_conntrack_netlink)"
				       : "the kernel refused");
	return work_add_error(w, NULL);
}
