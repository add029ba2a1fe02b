/* SPDX-License-Identifier: Apache-2.0 */
/* What bytes, from where? Reads inputs whole and bounded; hands on UTF-8 without NUL bytes and
 * byte-order mark. */
#ifndef LIBIPMASQ_SOURCE_H
#define LIBIPMASQ_SOURCE_H

#include "util/diag.h"

#define SOURCE_SIZE_MAX (64u << 20)

/* Whether the caller has filled a source as its kind needs it. */
bool source_is_valid(const struct ipmasq_source *source);

/*
 * Reads a valid source; yields a text that the caller unrefs. Errors, all with a finding: -ENOENT,
 * -EACCES, -EIO, -EFBIG; -EINVAL: NUL byte, invalid UTF-8 or UTF-16, with the place.
 */
int source_read(const struct ipmasq_source *source, struct ipmasq_diags *diags, struct text **text);

/* Says by a file's bytes whether it is wanted. */
typedef bool source_wanted_fn(const char *data, size_t size, const void *arg);

/* The same for a file that was come across: @text gets NULL when it is not wanted, or is too large
 * to be. */
int source_read_wanted(const char *path, source_wanted_fn *wanted, const void *arg,
		       struct ipmasq_diags *diags, struct text **text);

/* Whether the path leads to a directory. */
bool source_is_dir(const char *path);

/*
 * The files of a directory: paths, sorted by name, without those that start with a dot, those that
 * are no regular files (after following symlinks), and those that do not match the fnmatch(3)
 * @pattern unless it is NULL. -ENOENT, -EACCES, -EIO.
 */
int source_list_dir(const char *path, const char *pattern, struct ipmasq_diags *diags,
		    char ***paths, size_t *count);
void source_list_free(char **paths, size_t count);

#endif
