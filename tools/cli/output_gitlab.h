/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as a GitLab code quality report, which merge requests show. */
#ifndef IPMASQ_OUTPUT_GITLAB_H
#define IPMASQ_OUTPUT_GITLAB_H

#include "cli/finding_format.h"

extern const struct finding_format gitlab_format;

#endif
