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
	/* Begins the output. Returns the state that the other functions get. */
	void *(*open)(void);
	/* Writes every finding of a list. */
	void (*put)(void *state, const struct ipmasq_diags *diags);
	/* Ends the output and frees the state. */
	void (*close)(void *state);
};

#endif
