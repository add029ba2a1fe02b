/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a proof share. */
#ifndef LIBIPMASQ_PROOF_STATE_H
#define LIBIPMASQ_PROOF_STATE_H

#include "rules/proof_axis.h"
#include "rules/proof_runs.h"
#include "rules/ruleset.h"
#include "util/buf.h"

#define NO_CELL UINT32_MAX

enum cell_verdict { CELL_OPEN, CELL_RETURN, CELL_MASQUERADE };

struct proof {
	const struct ipmasq_ruleset *ruleset;
	/* How many of the ruleset's chains are judged. */
	size_t chains;
	const struct ipmasq_policy *policy;
	const struct policy_family *family;
	bool random_fully;
	struct axis sources;
	struct axis destinations;
	struct runs runs;
	/* By cell of the sources: the policy leaves the verdict to the destination. */
	bool *kept;
	/* By cell of the destinations, for the sources of the present walk. */
	uint8_t *verdicts;
	/* By chain: the first cell of its group of sources. The last is the group of those that
	 * return. */
	uint32_t *groups;
	/* By cell of the sources: the next of the same group. */
	uint32_t *same_group;
	/* The cell of sources that walks, and whether a rule looked at it. */
	uint32_t walker;
	bool by_source;
	uint64_t visits_left;
	struct buf why;
};

/* Says why the two differ. The answer is always -EDOM. */
#define DIFFER(proof, ...) (buf_printf(&(proof)->why, __VA_ARGS__), -EDOM)

#endif
