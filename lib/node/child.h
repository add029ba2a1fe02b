/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side of run_program(). */
#ifndef LIBIPMASQ_CHILD_H
#define LIBIPMASQ_CHILD_H

#include "node/run.h"

enum child_stage { CHILD_NETNS, CHILD_STREAMS, CHILD_EXEC };

/* What the child writes to @failure when the program never began. */
struct child_failure {
	enum child_stage stage;
	int error; /* a positive errno */
};

/* Descriptors, none of them 0, 1 or 2. */
struct child_fds {
	int in;
	int out;
	int err;
	int failure; /* closed by exec */
};

/* Becomes the program. Called between fork and exec of a process that may have threads: nothing in
 * it that is not async-signal-safe. All signals are blocked on entry. */
_Noreturn void child_main(const struct run *run, const struct child_fds *fds, int highest_fd);

#endif
