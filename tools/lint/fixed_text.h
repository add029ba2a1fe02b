/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text that is edited in rounds. It knows what it is now, and which bytes are still those of the
 * text at the beginning. Running out of memory ends the process.
 */
#ifndef IPMASQ_FIXED_TEXT_H
#define IPMASQ_FIXED_TEXT_H

#include <stddef.h>

struct text_edit {
	/* In the text as it is now, in bytes. */
	size_t offset;
	size_t length;
	const char *replacement;
};

/* A run of bytes that no edit has touched. */
struct kept_run {
	/* Its offset now and its offset in the original, in bytes. */
	size_t now;
	size_t before;
	size_t length;
};

struct text_version {
	char *data;
	size_t size;
	/* In the order of both texts. */
	struct kept_run *kept;
	size_t kept_count;
};

struct fixed_text {
	/* The original. It belongs to the caller. */
	const char *before;
	size_t before_size;
	struct text_version now;
	/* The version before the last round, for fixed_text_undo(). */
	struct text_version last;
};

/* @data stays with the caller and must outlive the object. */
struct fixed_text *fixed_text_new(const char *data, size_t size);
void fixed_text_free(struct fixed_text *fixed);

/* The text as it is now. The pointer is valid until the next round. */
const char *fixed_text_get(const struct fixed_text *fixed, size_t *size);

/*
 * Makes the edits of one round, and sorts them. Of edits that overlap it makes only the first in
 * the text, because the first replaces what the others are about. Returns the number of edits made.
 */
size_t fixed_text_edit(struct fixed_text *fixed, struct text_edit *edits, size_t count);

/* Takes the last round back. */
void fixed_text_undo(struct fixed_text *fixed);

#endif
