/* SPDX-License-Identifier: Apache-2.0 */
/* The record of what went wrong in a step. */
#ifndef LIBIPMASQ_FAILURE_H
#define LIBIPMASQ_FAILURE_H

#include "node/complaint.h"

/*
 * Whether a failure becomes a finding depends on the caller: with IPMASQ_AUTO a family that the
 * node does not have is skipped.
 */
struct failure {
	/* A negative errno. */
	int error;
	/* The code of the finding; NULL: out of memory, for which there is none. */
	const char *code;
	/* What the program's failure means, where it is one of a program. */
	enum complaint_class class;
	/* The option that the program does not know, where it means that. */
	char option[32];
	/* Line of the script that was refused, from 1; 0: not known. */
	size_t line;
	char text[1024];
};

/* Fills @failure in; returns @error. */
int failure_set(struct failure *failure, int error, const char *code, const char *format, ...)
	PRINTF_LIKE(4, 5);

/* Returns -ENOMEM. */
int failure_no_memory(struct failure *failure);

#endif
