/* SPDX-License-Identifier: Apache-2.0 */
/* Prints findings and keeps the worst severity. */
#include "lint/lint_report.h"

#include <errno.h>

void lint_open(struct lint *lint)
{
	findings_open(&lint->findings, lint->cli->format, lint->fail_on);
}

void lint_report(struct lint *lint, const char *input, struct ipmasq_diags *diags)
{
	if (ipmasq_diags_settle(diags) < 0)
		cli_die(-ENOMEM, "cannot sort the findings");
	if (ipmasq_diags_worst(diags) > lint->worst)
		lint->worst = ipmasq_diags_worst(diags);
	/* The output of --fix --dry-run is a patch and nothing else. */
	if (!lint->dry_run)
		findings_put(&lint->findings, input, diags);
}

void lint_close(struct lint *lint)
{
	findings_close(&lint->findings);
}
