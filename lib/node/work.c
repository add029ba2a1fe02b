/* SPDX-License-Identifier: Apache-2.0 */
/* One call for one family: what is wanted, what was seen, and what is to be done. */
#include "node/work.h"

#include <stdlib.h>

void plan_release(struct plan *plan)
{
	ipmasq_ruleset_free(plan->emptied);
	free(plan->deletes);
	free(plan->handles);
	free(plan->drops);
	free(plan->flushes);
	free(plan->unchanged);
	free(plan->inserts);
	*plan = (struct plan){ 0 };
}

void work_forget(struct work *w)
{
	plan_release(&w->plan);
	observation_release(&w->obs);
	w->observed = false;
}

void work_release(struct work *w)
{
	work_forget(w);
	for (size_t i = 0; i < BACKENDS; i++)
		observation_release(&w->others[i].obs);
	ipmasq_ruleset_free(w->desired);
	ipmasq_ruleset_free(w->before);
}

int work_no_memory(struct work *w)
{
	return failure_no_memory(&w->failure);
}

struct family_report *work_report(const struct work *w)
{
	return &w->report->families[family_index(w->family)];
}

void work_set_state(struct work *w, enum ipmasq_state state)
{
	work_report(w)->state = state;
}

bool work_may_skip(const struct work *w)
{
	return w->family == IPMASQ_IPV6 && (!w->policy || w->policy->ipv6 != IPMASQ_ON);
}

int work_add_error(struct work *w, const struct pos *pos)
{
	const struct failure *failure = &w->failure;

	report_fail(w->report, w->family, failure, pos);
	if (failure->code)
		diag_add(w->diags, IPMASQ_ERROR, failure->code, pos, NULL, "%s", failure->text);
	return failure->error;
}

int work_fail(struct work *w, const struct pos *pos)
{
	const struct failure *failure = &w->failure;

	if (failure->class == COMPLAINT_NO_TABLE && work_may_skip(w)) {
		work_report(w)->state = IPMASQ_STATE_SKIPPED;
		WORK_SAY(w, IPMASQ_LINE_NOTE, "the kernel has no IPv6 nat table: %s",
			 failure->text);
		return 0;
	}
	work_report(w)->state = IPMASQ_STATE_FAILED;
	return work_add_error(w, pos);
}
