/* SPDX-License-Identifier: Apache-2.0 */
/* Checks for entries of a list that say what others say already. */
#ifndef LIBIPMASQ_LINT_REDUNDANT_H
#define LIBIPMASQ_LINT_REDUNDANT_H

#include "lint/lint_run.h"

/* Items that equal another of their list, or lie inside it. -ENOMEM. */
int lint_superfluous(struct lint_run *run);

/* Items that one shorter prefix would say together. -ENOMEM. */
int lint_mergeable(struct lint_run *run);

#endif
