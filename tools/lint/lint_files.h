/* SPDX-License-Identifier: Apache-2.0 */
/* Which files of a directory are looked at. */
#ifndef IPMASQ_LINT_FILES_H
#define IPMASQ_LINT_FILES_H

#include "lint/lint_state.h"

/* Adds a pattern of --exclude. */
void lint_exclude(struct lint *lint, const char *pattern);

/*
 * Whether a pattern excludes a file or directory. A pattern without a slash is compared with its
 * name, others with the path from the directory that the user named.
 *
 * @path  the name, or the path from that directory on
 */
bool lint_is_excluded(const struct lint *lint, const char *path);

/* Whether a name is that of a configuration or manifest. */
bool lint_is_config_name(const char *name);

#endif
