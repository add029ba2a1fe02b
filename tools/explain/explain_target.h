/* SPDX-License-Identifier: Apache-2.0 */
/* Answers for an address, a CIDR, or the whole address space. */
#ifndef IPMASQ_EXPLAIN_TARGET_H
#define IPMASQ_EXPLAIN_TARGET_H

#include "explain/explain_state.h"

/* Prints the answer for a target in the format of --output. */
void explain_target(struct explain *explain, const struct target *target);

/* Makes the answer for a target that has one, and passes it to @use, for whose call it lasts. */
typedef void explain_use_fn(struct explain *explain, const struct answer *answer, void *context);
void explain_with(struct explain *explain, const struct target *target, explain_use_fn *use,
		  void *context);

/* Prints the policy range by range, for --table. */
void explain_table(struct explain *explain);

#endif
