/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of podCIDRs. */
#ifndef LIBIPMASQ_LINT_PODS_H
#define LIBIPMASQ_LINT_PODS_H

#include "lint/lint_run.h"

/* Entries of podCIDRs and nonMasqueradeSrcCIDRs that take each other's effect. -ENOMEM. */
int lint_pod_sources(struct lint_run *run);

/* Pods that podCIDRs leaves out: ranges of the cluster, and families. -ENOMEM. */
int lint_pods_left_out(struct lint_run *run);

/* No podCIDRs where it would leave clients their address. -ENOMEM. */
int lint_no_pods(struct lint_run *run);

#endif
