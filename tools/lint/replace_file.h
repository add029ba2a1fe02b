/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces the content of a file in one step. */
#ifndef IPMASQ_REPLACE_FILE_H
#define IPMASQ_REPLACE_FILE_H

#include <stddef.h>
#include <sys/stat.h>

/*
 * Replaces the content of a file in one step, so that no reader ever sees half of it. The owner and
 * the mode stay. @was is the status of the file when it was read.
 *
 * Returns 0 or a negative errno: -ESTALE when the file has changed since then, -ELOOP for a
 * symbolic link, -EMLINK for a file with several names.
 */
int replace_file(const char *path, const struct stat *was, const char *data, size_t size);

#endif
