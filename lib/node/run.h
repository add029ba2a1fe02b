/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program, or a copy of this process, for a bounded time, without side effects on the
 * calling process. */
#ifndef LIBIPMASQ_RUN_H
#define LIBIPMASQ_RUN_H

#include "node/child.h"

struct run {
	struct child_task task;
	/* What it reads from stdin; NULL: nothing. */
	const char *input;
	size_t input_len;
	/* A socket that is its stdin instead, and stays the caller's; NULL: none. */
	const int *channel;
	unsigned int limit_ms;
	/* When it becomes readable, the program has RUN_STOP_MS left; -1: there is none. */
	int stop_fd;
	/* Gets stdout piece by piece; a negative return ends the program. NULL: nobody reads it. */
	int (*output)(void *context, const char *data, size_t len);
	void *context;
};

#define RUN_STOP_MS 2000

struct run_end {
	/* Exit status, or minus the signal that ended it. */
	int status;
	/* The head of its stderr; or why it could not be run. */
	char complaint[4096];
};

/*
 * Runs it to its end. 0: it ended, with whatever status. -EIO: it could not be started, or how it
 * ended is not known; -EPERM: the namespace must not be entered; -ETIMEDOUT: it was killed;
 * -ECANCELED: it was killed after @stop_fd became readable; -ENOMEM; or what @output returned.
 */
int run_program(const struct run *run, struct run_end *end);

#endif
