/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, as the CNI specification has it: a code, one line, and details. */
#ifndef IPMASQ_CNI_ERROR_H
#define IPMASQ_CNI_ERROR_H

#include <stdio.h>

/* The specification's codes, and from 100 on our own. */
enum cni_code {
	CNI_VERSION_UNKNOWN = 1,
	CNI_FIELD_UNKNOWN = 2,
	CNI_ENVIRONMENT = 4,
	CNI_IO = 5,
	CNI_NOT_DECODED = 6,
	CNI_CONFIG = 7,
	CNI_TRY_AGAIN = 11,
	CNI_NOT_AVAILABLE = 50,
	CNI_LIMITED = 51,
	/* The node refused: no permission, no programs, a kernel that says no. */
	CNI_NODE = 100,
	/* CHECK: the rules of the container are not in the kernel as they should be. */
	CNI_DIFFERS = 101,
};

struct cni_error {
	/* 0: none. */
	enum cni_code code;
	/* NULL without an error, or where memory was short for it. */
	char *message;
	/* NULL: there are none. */
	char *details;
};

/* Sets the error, unless there is one already. -1. */
int cni_fail(struct cni_error *error, enum cni_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* There was no memory. -1. */
int cni_no_memory(struct cni_error *error);

/* Adds a line to the details. */
void cni_detail(struct cni_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Writes the error as JSON; @version is that of the protocol. Returns 0, or -1 where it could not
 * be written. */
int cni_error_print(const struct cni_error *error, const char *version, FILE *to);

void cni_error_free(struct cni_error *error);

#endif
