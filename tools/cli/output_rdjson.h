/* SPDX-License-Identifier: Apache-2.0 */
/* Findings in the Reviewdog Diagnostic Format, with the certain fixes as suggestions. */
#ifndef IPMASQ_OUTPUT_RDJSON_H
#define IPMASQ_OUTPUT_RDJSON_H

#include "cli/finding_format.h"

extern const struct finding_format rdjson_format;

#endif
