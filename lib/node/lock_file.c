/* SPDX-License-Identifier: Apache-2.0 */
/* The file that the legacy programs lock. */
#include "node/lock_file.h"

#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

bool lock_file_is_private(const struct ipmasq_node *node)
{
	const char *path = lock_file_path(node);
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	struct statfs fs;

	if (statfs(path, &fs) < 0) {
		if (errno != ENOENT || !slash)
			return false;
		/* The programs make the file, in its directory. */
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path + 1), path);
		if (statfs(dir, &fs) < 0)
			return false;
	}
	return fs.f_type == OVERLAYFS_SUPER_MAGIC;
}
