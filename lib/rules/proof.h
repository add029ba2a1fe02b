/* SPDX-License-Identifier: Apache-2.0 */
/* The proof that a ruleset is the same function of a packet as a policy. */
#ifndef LIBIPMASQ_PROOF_H
#define LIBIPMASQ_PROOF_H

#include "rules/ruleset.h"

/*
 * @chains        how many chains of the ruleset, from the first on, are judged; a rule among them
 *                that leads to another chain is a difference
 * @random_fully  whether each MASQUERADE must have --random-fully
 * @why           where on -EDOM the counterexample goes, to be freed; may be NULL
 *
 * 0: the same. -EDOM: not, or the ruleset holds what cannot be judged. -ENOMEM.
 */
int proof_check(const struct ipmasq_ruleset *ruleset, size_t chains,
		const struct ipmasq_policy *policy, bool random_fully, char **why);

#endif
