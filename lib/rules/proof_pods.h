/* SPDX-License-Identifier: Apache-2.0 */
/* The proof that every source gets to where it is to go: a pod to its network's rules, any other
 * one nowhere. */
#ifndef LIBIPMASQ_PROOF_PODS_H
#define LIBIPMASQ_PROOF_PODS_H

#include "rules/ruleset.h"

/* A source and the chain that it is to get to. */
struct pod_way {
	struct addr source;
	uint32_t chain;
};

/*
 * @ways  in ascending order of their sources, which differ
 * @why   where on -EDOM the counterexample goes, to be freed; may be NULL
 *
 * 0: each source gets to its chain, having met no rule but such as look at sources alone, and all
 * others return. -EDOM: not, or there is what cannot be judged. -ENOMEM. The rules of the chains
 * that the ways lead to are not looked at.
 */
int proof_pods(const struct ipmasq_ruleset *ruleset, const struct pod_way *ways, size_t count,
	       char **why);

#endif
