/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs of rules in ascending order of their destinations, of which a packet matches at most one.
 * So those that concern a few destinations are found without a look at the others.
 */
#ifndef LIBIPMASQ_PROOF_RUNS_H
#define LIBIPMASQ_PROOF_RUNS_H

#include "rules/ruleset.h"

struct runs {
	/* For each chain, the index behind the run that each of its rules belongs to; NULL: it is
	 * too short to matter. */
	uint32_t **ends;
	size_t chains;
};

/* -ENOMEM; runs_release() is due in any case. */
int runs_find(const struct ipmasq_ruleset *ruleset, size_t chains, struct runs *runs);
void runs_release(struct runs *runs);

/* The index behind the run of a rule, which may be alone in it. */
static inline size_t run_end(const struct runs *runs, uint32_t chain, size_t rule)
{
	return runs->ends[chain] ? runs->ends[chain][rule] : rule + 1;
}

/* The first rule from @rule on that may match destinations from @first up to @last: of a run those
 * that do not are left out. */
size_t runs_skip(const struct runs *runs, const struct ipmasq_ruleset *ruleset, uint32_t chain,
		 size_t rule, struct addr first, struct addr last);

#endif
