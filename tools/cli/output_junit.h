/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as JUnit XML, for services that show the results of tests. */
#ifndef IPMASQ_OUTPUT_JUNIT_H
#define IPMASQ_OUTPUT_JUNIT_H

#include "cli/finding_format.h"

extern const struct finding_format junit_format;

#endif
