/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: what is wrong, where, and what to write instead. */
#ifndef LIBIPMASQ_DIAG_H
#define LIBIPMASQ_DIAG_H

#include "text.h"

/*
 * Adds a finding. @diags may be NULL, then nothing happens. @code must be a literal. @pos may be
 * NULL (no place).
 * @suggestion (the text to write at that place) may be NULL and is copied. Returns 0 or -ENOMEM;
 * the list also keeps the -ENOMEM, see diag_error().
 */
int diag_add(struct ipmasq_diags *diags, enum ipmasq_severity severity, const char *code,
	     const struct pos *pos, const char *suggestion, const char *format, ...)
	PRINTF_LIKE(6, 7);

/* 0, or -ENOMEM when a finding was lost; so that a stage can add many and check once. @diags may be
 * NULL. */
int diag_error(const struct ipmasq_diags *diags);

#endif
