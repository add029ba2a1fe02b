/* SPDX-License-Identifier: Apache-2.0 */
/* Formats the status of the agent as metrics for Prometheus. */
#ifndef IPMASQ_METRICS_H
#define IPMASQ_METRICS_H

#include "apply/agent_status.h"

/* The metrics in text format 0.0.4. The caller frees the text. 0 or -ENOMEM. */
int metrics_format(const struct agent_status *status, char **text, size_t *length);

#endif
