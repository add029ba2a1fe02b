/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-lint --fix: makes the certain edits of a file. */
#ifndef IPMASQ_FIX_H
#define IPMASQ_FIX_H

#include "lint/lint_state.h"

/*
 * Fixes one file, or with --dry-run prints the changes as a patch. If a file has certain edits but
 * cannot be written, says so on stderr and sets lint->failed. A file that cannot be read is left to
 * lint_inputs() to report.
 */
void fix_file(struct lint *lint, const char *path);

#endif
