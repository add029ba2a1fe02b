/* SPDX-License-Identifier: Apache-2.0 */
/* How does another program run, for a bounded time, without a trace in the process that asked? */
#ifndef LIBIPMASQ_RUN_H
#define LIBIPMASQ_RUN_H

#include "util/common.h"

struct run {
	const char *path; /* the program; NULL: a copy of this process writes to its stdout ... */
	const char *file; /* ... this file, or, where this is NULL, ... */
	int (*act)(int argument); /* ... what this does, and exits with what it returns */
	int argument;
	const char *const *argv;
	const char *const *envp;
	const char *input; /* stdin, whole; NULL: nothing */
	size_t input_len;
	int netns; /* network namespace to enter first, or -1 */
	unsigned int limit_ms;
	int stop_fd; /* readable: it has RUN_STOP_MS left; -1: there is none */
	/* Gets stdout piece by piece; a negative return ends the program. NULL: nobody reads it. */
	int (*output)(void *context, const char *data, size_t len);
	void *context;
};

#define RUN_STOP_MS 2000

struct run_end {
	int status; /* what it exited with, or minus the signal that ended it */
	char complaint[4096]; /* the head of what it said on stderr; or why it could not be run */
};

/*
 * Runs it to its end. 0: it ended, with whatever status. -EIO: it could not be started, or how it
 * ended is not known; -EPERM: the namespace must not be entered; -ETIMEDOUT: it was killed;
 * -ECANCELED: it was, after @stop_fd became readable; -ENOMEM; or what @output returned.
 */
int run_program(const struct run *run, struct run_end *end);

#endif
