/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces the content of a file in one step, so that no reader ever sees half of it. */
#include "lint/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/write_all.h"

/* A user who may not change the owner can still set the group. */
static int copy_owner_and_mode(int fd, const struct stat *was)
{
	if (fchown(fd, was->st_uid, was->st_gid) < 0 && fchown(fd, (uid_t)-1, was->st_gid) < 0 &&
	    errno != EPERM)
		return -errno;
	/* After fchown(2), which clears the set-user-ID and set-group-ID bits. */
	return fchmod(fd, was->st_mode & 07777) < 0 ? -errno : 0;
}

/* Checks that the file is still the one that was read, and that it may be replaced. */
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

/* "DIRECTORY/.NAME.XXXXXX": agents and linters ignore names that start with a dot. */
static char *temporary_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t directory = slash ? (size_t)(slash + 1 - path) : 0;
	char *name;

	if (asprintf(&name, "%.*s.%s.XXXXXX", (int)directory, path, path + directory) < 0)
		cli_die(-ENOMEM, path);
	return name;
}

/* Makes the new name survive a power failure. A directory that cannot be synced is no error. */
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

int replace_file(const char *path, const struct stat *was, const char *data, size_t size)
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
