/* SPDX-License-Identifier: Apache-2.0 */
/* How is a file replaced so that nobody ever sees half of it? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "lint/fix.h"

static int write_all(int fd, const char *data, size_t size)
{
	ssize_t done;

	while (size > 0) {
		done = write(fd, data, size);
		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			data += done;
			size -= (size_t)done;
		}
	}
	return 0;
}

/* As far as this user may: who may not give files away gets the group at least. */
static int copy_owner_and_mode(int fd, const struct stat *was)
{
	if (fchown(fd, was->st_uid, was->st_gid) < 0 && fchown(fd, (uid_t)-1, was->st_gid) < 0 &&
	    errno != EPERM)
		return -errno;
	/* Afterwards, since a change of owner takes bits of the mode away. */
	return fchmod(fd, was->st_mode & 07777) < 0 ? -errno : 0;
}

/* Whether the file is the one that was read, and may be replaced. */
static int check_file(const char *path, const struct stat *was)
{
	struct stat now;

	if (lstat(path, &now) < 0)
		return -errno;
	if (S_ISLNK(now.st_mode))
		return -ELOOP;
	if (now.st_nlink > 1)
		return -EMLINK;
	if (now.st_dev != was->st_dev || now.st_ino != was->st_ino || now.st_size != was->st_size ||
	    now.st_mtim.tv_sec != was->st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != was->st_mtim.tv_nsec)
		return -ESTALE;
	return 0;
}

/* "DIRECTORY/.NAME.XXXXXX": agents and linters pass over names that start with a dot. */
static char *temporary_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t directory = slash ? (size_t)(slash + 1 - path) : 0;
	char *name;

	if (asprintf(&name, "%.*s.%s.XXXXXX", (int)directory, path, path + directory) < 0)
		cli_die(-ENOMEM, path);
	return name;
}

/* Makes the new name last over a power failure; where a directory cannot be synced, it is as good
 * as it gets. */
static void sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash ? strndup(path, (size_t)(slash + 1 - path)) : strdup(".");
	int fd;

	if (!directory)
		cli_die(-ENOMEM, path);
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(directory);
}

int fix_replace(const char *path, const struct stat *was, const char *data, size_t size)
{
	char *name;
	int r = check_file(path, was);
	int fd;

	if (r < 0)
		return r;
	name = temporary_name(path);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		free(name);
		return r;
	}
	r = write_all(fd, data, size);
	if (r == 0)
		r = copy_owner_and_mode(fd, was);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0)
		r = check_file(path, was);
	if (r == 0 && rename(name, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(name);
	else
		sync_directory(path);
	free(name);
	return r;
}
