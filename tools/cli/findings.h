/* SPDX-License-Identifier: Apache-2.0 */
/* Writes findings to stdout in the format that --output names. */
#ifndef IPMASQ_FINDINGS_H
#define IPMASQ_FINDINGS_H

#include "cli/cli.h"
#include "cli/finding_format.h"

struct findings {
	const struct finding_format *format;
	void *state;
};

/* Parameters as in struct finding_format. */
void findings_open(struct findings *findings, enum cli_format format, int fail_on);
void findings_put(struct findings *findings, const char *input, const struct ipmasq_diags *diags);
void findings_close(struct findings *findings);

#endif
