/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: what is wrong, where, and what to write instead. */
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
 * Adds a finding. @diags may be NULL, then nothing happens. @code must be a literal. @pos may be
 * NULL (no place).
 * @suggestion (the text to write at that place) may be NULL and is copied. Returns 0 or -ENOMEM;
 * the list also keeps the -ENOMEM, see diag_error().
 */
int diag_add(struct ipmasq_diags *diags, enum ipmasq_severity severity, const char *code,
	     const struct pos *pos, const char *suggestion, const char *format, ...)
	PRINTF_LIKE(6, 7);

/*
 * Says what mends the finding that was added last: to write @replacement in place of @length bytes
 * at @offset of its text. Only for what is certain, since programs write it without asking; within
 * a manifest's quoted scalars, where it would not mean what it says, it is left out. -ENOMEM.
 */
int diag_edit(struct ipmasq_diags *diags, size_t offset, size_t length, const char *replacement);

/* The same where the suggestion, in place of what stands at the finding's place, is what mends it.
 */
int diag_edit_suggestion(struct ipmasq_diags *diags);

/* Takes out the findings that @drop says true to; the others stay in their order. */
void diag_filter(struct ipmasq_diags *diags, bool (*drop)(const struct diag *diag, void *arg),
		 void *arg);

/* Remembers that a text was read, whether or not something is found in it. -ENOMEM. */
int diag_read(struct ipmasq_diags *diags, const struct text *text);
/* Text number @index of those, or NULL past the last. */
const struct text *diag_text(const struct ipmasq_diags *diags, size_t index);

/* Sorts by file, line and column; findings at one place keep their order. -ENOMEM. */
int diag_sort(struct ipmasq_diags *diags);

/* 0, or -ENOMEM when a finding was lost; so that a stage can add many and check once. @diags may be
 * NULL. */
int diag_error(const struct ipmasq_diags *diags);

#endif
