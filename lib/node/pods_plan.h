/* SPDX-License-Identifier: Apache-2.0 */
/* What is to become of the pods of a family, as a plan. */
#ifndef LIBIPMASQ_PODS_PLAN_H
#define LIBIPMASQ_PODS_PLAN_H

#include "node/work.h"
#include "rules/pod_set.h"

/* A change of the pods that are there. */
struct pods_job {
	/* Which go: those for which it is true. */
	bool (*is_out)(const struct pod_label *label, const void *context);
	const void *context;
	/* The pod that comes then, and its label; NULL: none. Its network gets the policy of the
	 * work. */
	const struct ipmasq_pod *pod;
	char label[POD_LABEL_MAX + 1];
	/* Which were there, and are to be; until the observation is dropped. */
	struct pod_set set;
};

/* Starts the work of a job in the backend that was chosen. */
void pods_begin(struct work *w, struct pods_job *job);
void pods_end(struct work *w);

/* Plans, for transaction_plan() and transaction_carry_out(): as it is, and so that it can be
 * carried out. */
int pods_plan(struct work *w);
int pods_plan_apply(struct work *w);

/* Whether all goes, as no pod is left. */
static inline bool pods_plan_removes(const struct work *w)
{
	return !w->desired;
}

#endif
