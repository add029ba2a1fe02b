/* SPDX-License-Identifier: Apache-2.0 */
/* Writes findings to stdout in the format that --output names. */
#include "cli/findings.h"

#include "cli/output_github.h"
#include "cli/output_gitlab.h"
#include "cli/output_json.h"
#include "cli/output_junit.h"
#include "cli/output_rdjson.h"
#include "cli/output_sarif.h"
#include "cli/output_text.h"

/* A new format is one file and one row. */
static const struct finding_format *const formats[] = {
	[CLI_TEXT] = &text_format,     [CLI_JSON] = &json_format,     [CLI_SARIF] = &sarif_format,
	[CLI_GITHUB] = &github_format, [CLI_GITLAB] = &gitlab_format, [CLI_JUNIT] = &junit_format,
	[CLI_RDJSON] = &rdjson_format,
};

void findings_open(struct findings *findings, enum cli_format format, int fail_on)
{
	findings->format = formats[format];
	findings->state = findings->format->open(fail_on);
}

void findings_put(struct findings *findings, const char *input, const struct ipmasq_diags *diags)
{
	findings->format->put(findings->state, input, diags);
	text_dropped(diags);
}

void findings_close(struct findings *findings)
{
	findings->format->close(findings->state);
	findings->state = NULL;
}
