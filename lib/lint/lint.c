/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for what is legal, but probably not intended: in what the user wrote (duplicates, nulls,
 * places) and in what it means (the partition). Takes n log n time.
 */
#include "lint/lint_coverage.h"
#include "lint/lint_outcome.h"
#include "lint/lint_pods.h"
#include "lint/lint_redundant.h"
#include "lint/lint_run.h"
#include "lint/lint_shadow.h"
#include "lint/lint_values.h"

static int (*const checks[])(struct lint_run *run) = {
	lint_superfluous, lint_mergeable,   lint_shadowed,	lint_entries,
	lint_numbers,	  lint_empty,	    lint_outcome,	lint_ipv6,
	lint_coverage,	  lint_pod_sources, lint_pods_left_out, lint_no_pods,
};

IPMASQ_EXPORT int ipmasq_policy_lint(const struct ipmasq_policy *policy,
				     const struct ipmasq_config *config,
				     const struct ipmasq_options *options,
				     struct ipmasq_diags *diags)
{
	struct lint_run run = {
		.config = config,
		.policy = policy,
		.options = options,
		.profile = options_profile(options),
		.diags = diags,
	};
	int r;

	if (!policy || !config || !diags)
		return -EINVAL;
	r = lint_run_prepare(&run);
	for (size_t i = 0; i < ARRAY_SIZE(checks) && r == 0; i++)
		r = checks[i](&run);
	lint_run_release(&run);
	return r;
}
