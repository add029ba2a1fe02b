/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as a SARIF 2.1.0 log (OASIS), for code scanning services. */
#ifndef IPMASQ_OUTPUT_SARIF_H
#define IPMASQ_OUTPUT_SARIF_H

#include "cli/finding_format.h"

extern const struct finding_format sarif_format;

#endif
