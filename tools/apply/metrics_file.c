/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the metrics to a file for node-exporter. */
#include "apply/metrics_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "apply/metrics.h"
#include "cli/write_all.h"

/*
 * Makes a regular file of that name. What has the name is removed, not opened: a killed process may
 * have left it, or somebody may have put a fifo or a link there.
 */
static int make_file(const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = open(name, flags, 0644);

	if (fd < 0 && errno == EEXIST && unlink(name) == 0)
		fd = open(name, flags, 0644);
	return fd < 0 ? -errno : fd;
}

/* The temporary name is always the same, so that killed processes do not leave many files. */
static int replace_metrics(const char *path, const char *name, const char *text, size_t length)
{
	int fd = make_file(name);
	int r;

	if (fd < 0)
		return fd;
	r = write_all(fd, text, length);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(name, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(name);
	return r;
}

int metrics_file_write(const char *path, const struct agent_status *status)
{
	char *text;
	char *name;
	size_t length;
	int r = metrics_format(status, &text, &length);

	if (r < 0)
		return r;
	if (asprintf(&name, "%s.tmp", path) < 0) {
		free(text);
		return -ENOMEM;
	}
	r = replace_metrics(path, name, text, length);
	free(name);
	free(text);
	return r;
}
