/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as workflow commands of GitHub Actions, which shows them beside the lines. */
#ifndef IPMASQ_OUTPUT_GITHUB_H
#define IPMASQ_OUTPUT_GITHUB_H

#include "cli/finding_format.h"

extern const struct finding_format github_format;

#endif
