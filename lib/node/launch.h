/* SPDX-License-Identifier: Apache-2.0 */
/* Runs something for a node: in its network namespace, with its environment and limits of time. */
#ifndef LIBIPMASQ_LAUNCH_H
#define LIBIPMASQ_LAUNCH_H

#include "node/failure.h"
#include "node/node.h"
#include "node/run.h"

/* Fills in the rest of @run and runs it. 0: it ended, with whatever status. Else the error of
 * run_program(), and @failure says why, unless run->output returned it. */
int launch(const struct ipmasq_node *node, struct run *run, struct run_end *end,
	   struct failure *failure);

/* The same; @text gets the head of its output, and a NUL. */
int launch_for_text(const struct ipmasq_node *node, struct run *run, struct run_end *end,
		    char *text, size_t size, struct failure *failure);

/* How many seconds programs are told to wait for the lock. */
unsigned int launch_lock_wait(const struct ipmasq_node *node);

/* A program's name without its directory. */
const char *program_name(const char *path);

#endif
