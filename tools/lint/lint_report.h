/* SPDX-License-Identifier: Apache-2.0 */
/* Prints findings and keeps the worst severity. */
#ifndef IPMASQ_LINT_REPORT_H
#define IPMASQ_LINT_REPORT_H

#include "lint/lint_state.h"

/* To be called before the first report and after the last one. */
void lint_open(struct lint *lint);
void lint_close(struct lint *lint);

/*
 * Settles and prints the findings of one input. @input is its name; NULL where it holds no
 * configuration.
 */
void lint_report(struct lint *lint, const char *input, struct ipmasq_diags *diags);

/*
 * Says on stderr how many configurations were looked at: if asked to, or if --require was given, or
 * on a terminal. Returns whether there are as many as --require asks for.
 */
bool lint_summary(const struct lint *lint);

#endif
