/* SPDX-License-Identifier: Apache-2.0 */
/* The files a configuration comes from: which are there, have they changed, and may they have? */
#ifndef IPMASQ_INPUTS_H
#define IPMASQ_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input_watch {
	int wd;
	char *name; /* in the directory; NULL: every name */
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
	const char *const *paths; /* files and directories, as they were named */
	size_t path_count;
	int fd; /* inotify; -1: the kernel gives none */
	int blind; /* errno: why changes are not all seen; 0: they are */
	struct input_watches watches; /* sorted by wd */
	/* Of the last scan. */
	struct input_files files; /* those that are there, a directory itself among them */
	uint64_t signature; /* of their names, sizes, times and places */
	int64_t newest; /* when the latest of them was changed, in nanoseconds of the real time */
};

/* @paths: must live longer. Without inotify it works all the same: then scans are all there is. */
void inputs_open(struct inputs *inputs, const char *const *paths, size_t count);
void inputs_release(struct inputs *inputs);

/*
 * Looks at everything, and has the kernel tell of every change from before the look on: of the
 * files, of each symbolic link on the way to them (a ConfigMap volume changes all its files by
 * renaming one), and of directories that are not there yet. 0 or -ENOMEM.
 */
int inputs_scan(struct inputs *inputs);

/* Takes what the kernel has told; whether it concerns the files. */
bool inputs_told(struct inputs *inputs);

void input_files_release(struct input_files *files);
int input_files_add(struct input_files *files, const char *path);
/* The first of @files that the other list lacks, or NULL. */
const char *input_files_missing(const struct input_files *files, const struct input_files *there);

#endif
