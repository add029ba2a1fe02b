/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fingerprints of findings, by which services tell a known finding from a new one. A fingerprint
 * stays the same when the lines around the finding change.
 */
#ifndef IPMASQ_FINGERPRINT_H
#define IPMASQ_FINGERPRINT_H

#include <stdint.h>

#include "ipmasq.h"

/* The fingerprints that were given out. */
struct fingerprints;

/* Running out of memory ends the process, here and below. */
struct fingerprints *fingerprints_new(void);
void fingerprints_free(struct fingerprints *fingerprints);

struct fingerprint {
	/* Of the code and of the text that the finding is about. */
	uint64_t text;
	/* The same with the path of the file, relative to the working directory. */
	uint64_t file_and_text;
	/* Which one of those with the same path, code and text it is, counted from 1. */
	unsigned int occurrence;
};

struct fingerprint fingerprints_next(struct fingerprints *fingerprints,
				     const struct ipmasq_finding *finding);

#endif
