/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text that is mended in rounds of edits: what it is now, and what has changed. Running out of
 * memory ends the process.
 */
#ifndef IPMASQ_MENDED_H
#define IPMASQ_MENDED_H

#include <stddef.h>
#include <stdio.h>

struct mended_edit {
	size_t offset; /* in the text as it is now, in bytes */
	size_t length;
	const char *replacement;
};

struct mended;

/* @data stays with the caller, and must last. */
struct mended *mended_new(const char *data, size_t size);
void mended_free(struct mended *mended);

/* Only until the next round. */
const char *mended_text(const struct mended *mended, size_t *size);

/*
 * Makes the edits, which are sorted on the way; of those that overlap only the first in the text,
 * since what the others are about is not there any more. Returns how many were made.
 */
size_t mended_round(struct mended *mended, struct mended_edit *edits, size_t count);

/* Takes the last round back. */
void mended_undo(struct mended *mended);

/*
 * Writes a unified diff from what the text was to what it is, for patch -p1 and git apply; nothing
 * where they are the same.
 */
void mended_diff(const struct mended *mended, const char *path, FILE *stream);

#endif
