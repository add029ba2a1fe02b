/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a configuration, and whether they have changed. */
#ifndef IPMASQ_INPUTS_H
#define IPMASQ_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipmasq.h"

struct input_watch {
	int wd;
	/* A name in the directory. NULL: of @dir, every name that its listing has. */
	char *name;
	/* The directory as the listing takes it, or NULL. */
	char *dir;
	/* Something happened to a name in @dir that is not known. */
	bool check_listing;
};

struct input_watches {
	struct input_watch *list;
	size_t count;
	size_t capacity;
};

struct input_files {
	char **paths;
	size_t count;
	size_t capacity;
};

struct inputs {
	const struct ipmasq_options *options;
	/* Files and directories, as the user named them. */
	const char *const *paths;
	size_t path_count;
	/* The inotify(7) descriptor. -1: the kernel has refused one so far. Each scan asks again.
	 */
	int fd;
	/* An errno: why the kernel does not report every change. 0: it does. */
	int blind;
	/* Sorted by wd. */
	struct input_watches watches;
	/* The result of the last scan: the files that exist, and the directories themselves. */
	struct input_files files;
	/* A directory exists whose files cannot be listed: none of them is in the result. */
	bool unlisted;
	/* A hash of their names, sizes, times and inode numbers. */
	uint64_t signature;
	/* The latest change of any of them, in nanoseconds of the real time. */
	int64_t newest;
};

/*
 * @options  of the configurations that are read from the paths: a directory stands for the files
 *           that are read then
 *
 * @options and @paths must outlive @inputs. Without inotify only scans find changes. The first scan
 * opens the descriptor.
 */
void inputs_open(struct inputs *inputs, const struct ipmasq_options *options,
		 const char *const *paths, size_t count);
void inputs_release(struct inputs *inputs);

/*
 * Scans all files. Before that it makes the kernel report every change: of the files, of each
 * symbolic link on the way to them (a ConfigMap volume changes all its files by renaming one link),
 * and of directories that do not exist yet. 0 or -ENOMEM.
 */
int inputs_scan(struct inputs *inputs);

/*
 * Takes the reports of the kernel. Returns whether any of them concerns the files. Other names in
 * the same directories do not: among them may be a file that the caller writes itself.
 */
bool inputs_told(struct inputs *inputs);

void input_files_release(struct input_files *files);
int input_files_add(struct input_files *files, const char *path);
/* The first of @files that is not in the other list, or NULL. */
const char *input_files_missing(const struct input_files *files, const struct input_files *there);

#endif
