/* SPDX-License-Identifier: Apache-2.0 */
/* How does --fix write what is certain into a file, and nothing else? */
#ifndef IPMASQ_FIX_H
#define IPMASQ_FIX_H

#include <sys/stat.h>

#include "lint/lint.h"

/*
 * Mends one file, or with --dry-run prints how it would. Says so on stderr when a file has
 * something to mend but cannot be written, and remembers it for the exit status. What cannot be
 * read is left to lint_inputs() to report.
 */
void fix_file(struct lint *lint, const char *path);

/* Keeps what came of one configuration; the policy is taken over. */
void fix_keep(struct lint_units *units, struct ipmasq_policy *policy, size_t diags_end);

/*
 * Whether two policies decide the same for every source and destination, and have the same
 * settings. Running out of memory ends the process.
 *
 * @why  where a sentence with a difference goes, when there is one
 */
bool fix_same_policy(const struct ipmasq_policy *before, const struct ipmasq_policy *after,
		     char why[256]);

/*
 * Puts another text in the place of a file, whole or not at all, with the owner and the mode that
 * it has. Fails when the file is not what @was says any more. 0 or a negative errno: -ESTALE for
 * that, -ELOOP for a symbolic link, -EMLINK for a file with several names.
 */
int fix_replace(const char *path, const struct stat *was, const char *data, size_t size);

#endif
