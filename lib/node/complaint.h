/* SPDX-License-Identifier: Apache-2.0 */
/* The meaning of a program's failure, from its exit status and what it wrote on stderr. */
#ifndef LIBIPMASQ_COMPLAINT_H
#define LIBIPMASQ_COMPLAINT_H

#include "util/common.h"

/*
 * Only exact texts on a list have a meaning. A signal, an error that may pass and each text that is
 * not known are transient: they are no answer to any question, and the program is asked again.
 */
enum complaint_class {
	COMPLAINT_TRANSIENT,
	/* Another process holds the xtables lock. */
	COMPLAINT_LOCK_HELD,
	/* The lock file cannot be opened. */
	COMPLAINT_LOCK_FILE,
	COMPLAINT_NOT_PERMITTED,
	/* The kernel has no such table, or none of this family or kind. */
	COMPLAINT_NO_TABLE,
	/* The program does not know an option. */
	COMPLAINT_NO_OPTION,
};

struct complaint {
	enum complaint_class class;
	/* The option that is not known. */
	char option[32];
	/* The line of its input that the program names, from 1; 0: none. */
	size_t line;
	/* The sentence that matters, in one line. */
	char sentence[512];
};

/* @status: the exit status, or minus the signal that ended it. @text: its stderr. */
void complaint_read(int status, const char *text, struct complaint *complaint);

#endif
