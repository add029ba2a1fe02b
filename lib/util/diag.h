/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: what is wrong, where, and what to write instead. The public functions read them. */
#ifndef LIBIPMASQ_DIAG_H
#define LIBIPMASQ_DIAG_H

#include "util/text.h"

struct diag {
	enum ipmasq_severity severity;
	const char *code;
	char *message;
	char *suggestion;
	/* Holds a reference to its text; all zero for a finding without a place. */
	struct pos pos;
	struct {
		/* NULL: no fix is certain. */
		char *replacement;
		size_t offset;
		size_t length;
	} edit;
};

/*
 * Adds a finding; does nothing where @diags is NULL. Returns 0 or -ENOMEM, which the list also
 * keeps for diag_error().
 *
 * @code        a literal
 * @pos         NULL where the finding has no place
 * @suggestion  the text to write at that place, copied, with the escapes that it needs there; left
 * out where it cannot be written there; may be NULL
 */
int diag_add(struct ipmasq_diags *diags, enum ipmasq_severity severity, const char *code,
	     const struct pos *pos, const char *suggestion, const char *format, ...)
	PRINTF_LIKE(6, 7);

/* Adds an error, for a function that refuses its input. Returns -EINVAL, or -ENOMEM. */
int diag_reject(struct ipmasq_diags *diags, const char *code, const struct pos *pos,
		const char *suggestion, const char *format, ...) PRINTF_LIKE(5, 6);

/* Adds to the message of the finding that was added last, if it has that code. -ENOMEM. */
int diag_extend(struct ipmasq_diags *diags, const char *code, const char *more);

/*
 * Adds the fix for the finding that was added last: to write @replacement in place of @length bytes
 * at @offset of its text. Only for fixes that are certain, since programs apply them without
 * asking. Left out within a manifest's quoted scalars where @replacement would be read as something
 * else. -ENOMEM.
 */
int diag_edit(struct ipmasq_diags *diags, size_t offset, size_t length, const char *replacement);

/* The same where the fix is to write the suggestion at the finding's place. */
int diag_edit_suggestion(struct ipmasq_diags *diags);

/* Finding number @index, or NULL past the last. */
const struct diag *diag_at(const struct ipmasq_diags *diags, size_t index);

/* Removes the findings for which @drop returns true; the others keep their order. */
void diag_filter(struct ipmasq_diags *diags, bool (*drop)(const struct diag *diag, void *arg),
		 void *arg);

/* Remembers that a text was read, whether or not something is found in it. -ENOMEM. */
int diag_read(struct ipmasq_diags *diags, const struct text *text);
/* Text number @index of those, or NULL past the last. */
const struct text *diag_text(const struct ipmasq_diags *diags, size_t index);

/* Sorts by file, line and column; findings at one place keep their order. -ENOMEM. */
int diag_sort(struct ipmasq_diags *diags);

/*
 * -ENOMEM when a finding was lost, else 0: a stage can add many findings and check once. @diags may
 * be NULL.
 */
int diag_error(const struct ipmasq_diags *diags);

#endif
