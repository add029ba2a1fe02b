/* SPDX-License-Identifier: Apache-2.0 */
/* Is this ruleset the same function of a packet as that policy? */
#ifndef LIBIPMASQ_PROOF_H
#define LIBIPMASQ_PROOF_H

#include "rules/ruleset.h"

/*
 * @random_fully  whether each MASQUERADE must have --random-fully
 * @why           where on -EDOM the counterexample goes, to be freed; may be NULL
 *
 * 0: the same. -EDOM: not, or the ruleset holds what cannot be judged. -ENOMEM.
 */
int proof_check(const struct ipmasq_ruleset *ruleset, const struct ipmasq_policy *policy,
		bool random_fully, char **why);

#endif
