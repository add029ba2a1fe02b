/* SPDX-License-Identifier: Apache-2.0 */
/* Check for entries of nonMasqueradeCIDRs that an earlier step decides. */
#ifndef LIBIPMASQ_LINT_SHADOW_H
#define LIBIPMASQ_LINT_SHADOW_H

#include "lint/lint_run.h"

/* -ENOMEM. */
int lint_shadowed(struct lint_run *run);

#endif
