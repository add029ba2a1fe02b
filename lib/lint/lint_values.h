/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of entries and numbers that are odd on their own. */
#ifndef LIBIPMASQ_LINT_VALUES_H
#define LIBIPMASQ_LINT_VALUES_H

#include "lint/lint_run.h"

/* Entries that are everything, or ranges that no traffic of pods goes to. -ENOMEM. */
int lint_entries(struct lint_run *run);

/* Intervals, and the number of entries. -ENOMEM. */
int lint_numbers(struct lint_run *run);

#endif
