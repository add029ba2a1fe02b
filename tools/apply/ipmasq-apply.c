/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-apply: brings the masquerade rules of this node in line with the configuration. */
#include <errno.h>
#include <malloc.h>

#include "apply/agent.h"
#include "apply/apply_once.h"
#include "apply/apply_options.h"
#include "cli/cli_policy.h"

static enum cli_exit run_mode(struct apply *apply)
{
	enum cli_exit status;

	if (apply->mode == APPLY_WATCH)
		return agent_run(apply);
	/* Removing needs only the name of the chain. Broken files must not prevent it. */
	if (apply->mode == APPLY_REMOVE) {
		if (ipmasq_policy_new(NULL, apply->cli.options, NULL, &apply->policy) < 0)
			cli_die(ENOMEM, "cannot start");
		return apply_node(apply);
	}
	status = cli_policy(&apply->cli, &apply->policy);
	if (status != CLI_FINE)
		return status;
	return apply->mode == APPLY_DRY_RUN ? apply_dry_run(apply) : apply_node(apply);
}

/*
 * glibc raises its mmap threshold when the large arrays of a policy are freed, and then keeps their
 * memory for small objects. Without a fixed threshold the peak is a quarter higher.
 */
static void keep_memory_small(void)
{
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, 4 << 20);
#endif
}

int main(int argc, char **argv)
{
	struct apply apply = { 0 };
	enum cli_exit status;

	keep_memory_small();
	apply_read_options(&apply, argc, argv);
	status = run_mode(&apply);
	ipmasq_diags_free(apply.diags);
	ipmasq_report_free(apply.report);
	ipmasq_node_free(apply.node);
	ipmasq_policy_free(apply.policy);
	cli_release(&apply.cli);
	return status;
}
