/* SPDX-License-Identifier: Apache-2.0 */
/* Reports about the node on stdout, as text and as JSON. */
#ifndef IPMASQ_REPORT_OUTPUT_H
#define IPMASQ_REPORT_OUTPUT_H

#include "cli/cli.h"

/* Prints what was found or done in both families. */
void report_print(const struct ipmasq_report *report, enum cli_format format);

#endif
