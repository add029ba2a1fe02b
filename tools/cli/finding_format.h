/* SPDX-License-Identifier: Apache-2.0 */
/* What a format for findings provides. Each format is one file, output_*.c. */
#ifndef IPMASQ_FINDING_FORMAT_H
#define IPMASQ_FINDING_FORMAT_H

#include "ipmasq.h"

/*
 * Findings are written to stdout list by list, so that their number costs no memory. The findings
 * of one file follow each other. Running out of memory ends the process.
 */
struct finding_format {
	/*
	 * Begins the output. Returns the state that the other functions get. @fail_on is the lowest
	 * severity of a finding that makes the run fail.
	 */
	void *(*open)(int fail_on);
	/*
	 * Writes every finding of a list. @input is what was looked at, as findings call it; NULL
	 * for something that holds no configuration.
	 */
	void (*put)(void *state, const char *input, const struct ipmasq_diags *diags);
	/* Ends the output and frees the state. */
	void (*close)(void *state);
};

#endif
