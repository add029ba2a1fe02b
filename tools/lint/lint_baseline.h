/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration that --baseline compares with. */
#ifndef IPMASQ_LINT_BASELINE_H
#define IPMASQ_LINT_BASELINE_H

#include "lint/lint_state.h"

/* Reads the baseline, if there is one. An invalid one ends the process. */
void lint_load_baseline(struct lint *lint);

#endif
