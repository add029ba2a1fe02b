/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration that --baseline compares with. */
#include "lint/lint_baseline.h"

#include <stdlib.h>

#include "cli/cli_policy.h"
#include "lint/lint_report.h"

void lint_load_baseline(struct lint *lint)
{
	enum cli_exit status;

	if (!lint->baseline)
		return;
	/* Warnings about the old configuration do not matter to a review of the new one. */
	lint->cli->quiet = true;
	status = cli_policy_of(lint->cli, &lint->baseline, 1, &lint->old);
	lint->cli->quiet = false;
	if (status == CLI_FINE)
		return;
	lint_close(lint);
	exit(status);
}
