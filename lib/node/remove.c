/* SPDX-License-Identifier: Apache-2.0 */
/* Takes everything of ours away, in both backends or in the one that was asked for. */
#include "node/backend.h"
#include "node/describe.h"
#include "node/families.h"
#include "node/family.h"
#include "node/plan.h"
#include "node/takeover.h"
#include "node/transaction.h"
#include "rules/chain_name.h"

/* Fails where rules of others keep a chain of ours in use. */
static int fail_still_used(struct work *w)
{
	for (size_t i = 0; i < w->obs.referrer_count; i++) {
		const struct referrer *referrer = &w->obs.referrers[i];
		CLEANUP(buf_release) struct buf why = BUF_INIT;

		describe_referrer(&why, referrer);
		if (why.error)
			return work_no_memory(w);
		failure_set(&w->failure, -EBUSY, "still-used",
			    "chain %s (%s, %s) is empty but cannot be deleted: %s; delete that %s, "
			    "then remove again",
			    referrer->target, family_name(w->family),
			    ipmasq_backend_name(w->iptables.backend), why.data,
			    referrer->number ? "rule" : "element");
		work_fail(w, NULL);
	}
	return w->obs.referrer_count > 0 ? -EBUSY : 0;
}

static int remove_from(struct work *w, enum ipmasq_backend backend, bool *changed)
{
	bool ours;
	int r = backend_has_ours(w, backend, &ours);

	if (r < 0)
		return work_fail(w, NULL);
	if (!ours)
		return 0;
	if (!takeover_can_remove(w))
		return takeover_fail_no_programs(w, &w->obs);
	r = transaction_carry_out(w, plan_removal, describe_removal, changed);
	return r == 0 ? fail_still_used(w) : r;
}

static int remove_family(struct work *w)
{
	struct family_report *report = work_report(w);
	enum ipmasq_backend asked = w->node->backend;
	enum ipmasq_backend where = asked;
	bool changed = false;
	bool go;
	int error = family_begin(w, &go);

	if (error < 0 || !go)
		return error;
	/* Fails without its programs: what it holds is not known then. */
	if (asked != IPMASQ_BACKEND_AUTO && backend_choose(w) < 0)
		return work_fail(w, NULL);
	for (enum ipmasq_backend backend = IPMASQ_BACKEND_NFT; backend < BACKENDS; backend++) {
		bool changed_here = false;
		int r;

		if (asked != IPMASQ_BACKEND_AUTO && backend != asked)
			continue;
		r = remove_from(w, backend, &changed_here);

		if (changed_here && !changed)
			where = backend;
		changed |= changed_here;
		work_forget(w);
		if (r < 0 && error == 0)
			error = r;
	}
	report->backend = where;
	if (error < 0)
		report->state = IPMASQ_STATE_FAILED;
	else
		report->state = changed ? IPMASQ_STATE_CHANGED : IPMASQ_STATE_IN_LINE;
	return error;
}

IPMASQ_EXPORT int ipmasq_node_remove(struct ipmasq_node *node, const char *chain,
				     struct ipmasq_report *report, struct ipmasq_diags *diags)
{
	const struct work common = {
		.node = node, .root = chain, .report = report, .diags = diags
	};
	const char *why;

	if (!node || !chain || !report)
		return -EINVAL;
	why = chain_name_error(chain);
	if (why) {
		report_reset(report);
		diag_add(diags, IPMASQ_ERROR, "chain-name", NULL, NULL, "\"%s\" %s", chain, why);
		return -EINVAL;
	}
	return families_do(&common, remove_family);
}
