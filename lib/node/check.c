/* SPDX-License-Identifier: Apache-2.0 */
/* Checks whether the kernel is in line with a policy. */
#include "node/describe.h"
#include "node/desired.h"
#include "node/families.h"
#include "node/takeover.h"
#include "node/transaction.h"

static int check_family(struct work *w)
{
	bool in_line;
	bool go;
	int r = desired_begin(w, &go);

	if (r < 0 || !go)
		return r;
	r = transaction_plan(w, desired_plan_asking);
	if (r == -EDOM) {
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS, "%s", w->failure.text);
		work_report(w)->hindered = true;
		work_set_state(w, IPMASQ_STATE_DRIFT);
		return 0;
	}
	if (r < 0) {
		r = work_fail(w, NULL);
		if (r == 0)
			takeover_note(w);
		return r;
	}
	in_line = w->plan.empty && !*w->obs.trouble;
	if (*w->obs.trouble) {
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS, "%s", w->obs.trouble);
		work_report(w)->hindered = true;
	}
	if (!w->plan.empty)
		describe_drift(w);
	describe_others(w);
	r = takeover_check(w, &in_line);
	if (r < 0)
		return r;
	work_set_state(w, in_line ? IPMASQ_STATE_IN_LINE : IPMASQ_STATE_DRIFT);
	return 0;
}

IPMASQ_EXPORT int ipmasq_node_check(struct ipmasq_node *node, const struct ipmasq_policy *policy,
				    struct ipmasq_report *report, struct ipmasq_diags *diags)
{
	return families_do_policy(node, policy, report, diags, check_family);
}
