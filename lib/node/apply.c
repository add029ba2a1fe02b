/* SPDX-License-Identifier: Apache-2.0 */
/* Brings the kernel in line with a policy. */
#include "node/describe.h"
#include "node/desired.h"
#include "node/dual_stack.h"
#include "node/families.h"
#include "node/flows.h"
#include "node/native.h"
#include "node/plan.h"
#include "node/takeover.h"
#include "node/transaction.h"

/*
 * What fits into one transaction is rewritten in place. What takes several is written in the other
 * generation of names: the chains that are in use stay as they are until nothing leads to them.
 */
static int plan_apply(struct work *w)
{
	char seen = observation_generation(&w->obs);
	int r = desired_plan(w);

	/* In native tables nothing that is in use is ever edited. */
	if (r == 0 && work_is_native(w) && w->plan.chains_differ) {
		char next = native_next_generation(w);

		if (next != w->desired->generation)
			r = desired_set(w, w->flags, next);
		w->plan.rules = w->desired;
	}
	if (r == 0 && w->plan.block && w->plan.written > w->plan.block) {
		r = desired_set(w, w->flags,
				seen == GENERATION_FIRST ? GENERATION_FIRST + 1 : GENERATION_FIRST);
		if (r == 0)
			r = plan_policy(w);
	}
	return r == 0 && !w->plan.empty ? desired_prove(w) : r;
}

static int apply_family(struct work *w)
{
	bool changed = false;
	bool go;
	int r = desired_begin(w, &go);

	if (r < 0 || !go)
		return r;
	work_set_state(w, IPMASQ_STATE_UNKNOWN);
	r = transaction_carry_out(w, plan_apply, describe_changes, &changed);
	flows_remember(w);
	if (r < 0)
		return r;
	/* A family that was skipped on the way has its state. */
	if (work_report(w)->state != IPMASQ_STATE_UNKNOWN) {
		takeover_note(w);
		return 0;
	}
	describe_others(w);
	r = takeover_finish(w, &changed);
	if (r < 0)
		return r;
	work_set_state(w, changed ? IPMASQ_STATE_CHANGED : IPMASQ_STATE_IN_LINE);
	r = dual_stack_warn(w);
	return r == 0 ? flows_follow(w) : r;
}

IPMASQ_EXPORT int ipmasq_node_apply(struct ipmasq_node *node, const struct ipmasq_policy *policy,
				    struct ipmasq_report *report, struct ipmasq_diags *diags)
{
	return families_do_policy(node, policy, report, diags, apply_family);
}
