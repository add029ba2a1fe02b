/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a whole block of data to a file descriptor. */
#include "cli/write_all.h"

#include <errno.h>
#include <unistd.h>

int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, data, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		size -= (size_t)written;
	}
	return 0;
}
