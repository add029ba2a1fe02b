/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of what the configuration does as a whole. */
#ifndef LIBIPMASQ_LINT_OUTCOME_H
#define LIBIPMASQ_LINT_OUTCOME_H

#include "lint/lint_run.h"

/* A nonMasqueradeCIDRs that is empty or null. -ENOMEM. */
int lint_empty(struct lint_run *run);

/* A family of which nothing is masqueraded, or everything. -ENOMEM. */
int lint_outcome(struct lint_run *run);

/* IPv6 that is masqueraded without an exception. -ENOMEM. */
int lint_ipv6(struct lint_run *run);

#endif
