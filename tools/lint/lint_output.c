/* SPDX-License-Identifier: Apache-2.0 */
/* In which form are findings told? */
#include <errno.h>

#include "lint/lint.h"

void lint_open(struct lint *lint)
{
	if (lint->cli->format == CLI_JSON)
		json_open(&lint->list);
	else if (lint->cli->format == CLI_SARIF)
		sarif_open(&lint->sarif);
}

static void put(struct lint *lint, const struct ipmasq_finding *finding)
{
	if (lint->cli->format == CLI_JSON)
		json_put(&lint->list, json_finding(finding));
	else if (lint->cli->format == CLI_SARIF)
		sarif_put(&lint->sarif, finding);
	else
		github_finding(finding);
}

void lint_report(struct lint *lint, const char *path, struct ipmasq_diags *diags)
{
	struct ipmasq_finding finding;

	(void)path;
	if (ipmasq_diags_settle(diags) < 0)
		cli_die(-ENOMEM, "cannot sort the findings");
	if (ipmasq_diags_worst(diags) > lint->worst)
		lint->worst = ipmasq_diags_worst(diags);
	/* What is printed is to be a patch. */
	if (lint->dry_run)
		return;
	if (lint->cli->format == CLI_TEXT) {
		text_findings(stdout, diags, IPMASQ_NOTE);
		return;
	}
	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++)
		put(lint, &finding);
	text_dropped(diags);
}

void lint_close(struct lint *lint)
{
	if (lint->cli->format == CLI_JSON)
		json_close(&lint->list);
	else if (lint->cli->format == CLI_SARIF)
		sarif_close(&lint->sarif);
}
