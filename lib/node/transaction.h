/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a plan into the kernel, and makes sure that it got there. */
#ifndef LIBIPMASQ_TRANSACTION_H
#define LIBIPMASQ_TRANSACTION_H

#include "node/work.h"

/* Observes, and sets the plan with @make_plan. */
int transaction_plan(struct work *w, int (*make_plan)(struct work *w));

/*
 * Observes, plans and writes until there is nothing to be done; @changed: something was written.
 * @make_plan sets the plan for what was observed, @describe reports what the plan did.
 */
int transaction_carry_out(struct work *w, int (*make_plan)(struct work *w),
			  void (*describe)(struct work *w), bool *changed);

#endif
