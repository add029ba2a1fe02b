/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a configuration is mounted so that changes of it never arrive. */
#ifndef IPMASQ_MOUNTS_H
#define IPMASQ_MOUNTS_H

#include <stdbool.h>

/*
 * Whether the file or directory stays what it was when it was mounted, whatever becomes of its
 * volume, as with subPath of Kubernetes: it is a file that is mounted, or a directory of one state
 * of a volume whose states have names that start with two dots. False also where that is not known.
 */
bool mount_is_fixed(const char *path);

#endif
