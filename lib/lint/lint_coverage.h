/* SPDX-License-Identifier: Apache-2.0 */
/* Check whether traffic to the cluster's own ranges is masqueraded. */
#ifndef LIBIPMASQ_LINT_COVERAGE_H
#define LIBIPMASQ_LINT_COVERAGE_H

#include "lint/lint_run.h"

/* -ENOMEM. */
int lint_coverage(struct lint_run *run);

#endif
