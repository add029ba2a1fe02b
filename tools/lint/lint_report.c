/* SPDX-License-Identifier: Apache-2.0 */
/* Prints findings and keeps the worst severity. */
#include "lint/lint_report.h"

#include <errno.h>
#include <unistd.h>

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

bool lint_summary(const struct lint *lint)
{
	bool enough = lint->configurations >= lint->require;

	if (!lint->verbose && lint->require == 0 && !isatty(STDERR_FILENO))
		return enough;
	cli_say("%zu configuration%s in %zu file%s", lint->configurations,
		lint->configurations == 1 ? "" : "s", lint->files, lint->files == 1 ? "" : "s");
	if (!enough)
		cli_say("--require asks for at least %zu: name the files, or see --configmap and "
			"--key",
			lint->require);
	return enough;
}
