/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as a JSON array, for programs. */
#ifndef IPMASQ_OUTPUT_JSON_H
#define IPMASQ_OUTPUT_JSON_H

#include "cli/finding_format.h"

extern const struct finding_format json_format;

#endif
