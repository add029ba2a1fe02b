/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side of run_program(): what happens between fork and exec, or instead of exec. */
#ifndef LIBIPMASQ_CHILD_H
#define LIBIPMASQ_CHILD_H

#include "util/common.h"

/* A program, or else a file to copy to stdout, or else a function that writes to stdout. */
struct child_task {
	const char *path;
	const char *const *argv;
	const char *const *envp;
	const char *file;
	/* Returns the exit status. */
	int (*act)(int argument);
	int argument;
	/* The network namespace to enter first, or -1. */
	int netns;
	/* A descriptor above 2 that stays open, so that a lock holds for as long as the child may
	 * write; 0: none. */
	int held;
};

/* The exit status where the file to copy does not exist or may not be opened. */
#define CHILD_NO_FILE 1

enum child_stage { CHILD_NETNS, CHILD_STREAMS, CHILD_EXEC };

/* What the child writes to `failure` of its descriptors when the program never began. */
struct child_failure {
	enum child_stage stage;
	/* A positive errno. */
	int error;
};

/* Descriptors, none of them 0, 1 or 2. */
struct child_fds {
	int in;
	int out;
	int err;
	/* Closed by exec. */
	int failure;
};

/* Where the calling process has closed its standard streams, new descriptors get their numbers,
 * which the child then overwrites: gives such a descriptor another number. 0, or -1 and errno. */
int child_raise_fd(int *fd);

/* Carries out the task in a process that was forked from one that may have threads: only
 * async-signal-safe calls. All signals are blocked on entry. */
_Noreturn void child_main(const struct child_task *task, const struct child_fds *fds,
			  int highest_fd);

#endif
