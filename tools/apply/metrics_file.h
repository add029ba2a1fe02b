/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the metrics to a file for node-exporter. */
#ifndef IPMASQ_METRICS_FILE_H
#define IPMASQ_METRICS_FILE_H

#include "apply/agent_status.h"

/*
 * Replaces the file by rename(2), so that nobody reads half of it. The temporary file is named like
 * the file with ".tmp" appended, which node-exporter ignores. Returns 0 or a negative errno. On
 * error an older file stays as it is.
 */
int metrics_file_write(const char *path, const struct agent_status *status);

#endif
