/* SPDX-License-Identifier: Apache-2.0 */
/* The file that the legacy programs lock. */
#ifndef LIBIPMASQ_LOCK_FILE_H
#define LIBIPMASQ_LOCK_FILE_H

#include "node/node.h"

static inline const char *lock_file_path(const struct ipmasq_node *node)
{
	return node->lock_file ? node->lock_file : NODE_LOCK_FILE;
}

/* Whether it is, or would be made, in the file system of a container's image. Other programs of the
 * node do not see it there, so the lock keeps nobody out. */
bool lock_file_is_private(const struct ipmasq_node *node);

#endif
