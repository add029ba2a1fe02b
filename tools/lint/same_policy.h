/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that an edited configuration decides as the original did. */
#ifndef IPMASQ_SAME_POLICY_H
#define IPMASQ_SAME_POLICY_H

#include <stdbool.h>

#include "ipmasq.h"

#define SAME_POLICY_WHY_MAX 256

/*
 * Whether two policies give every source and destination the same verdict and have the same
 * settings. When they differ, @why gets a sentence that names one difference. Running out of memory
 * ends the process.
 */
bool same_policy(const struct ipmasq_policy *before, const struct ipmasq_policy *after,
		 char why[SAME_POLICY_WHY_MAX]);

#endif
