/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of text: files, descriptors and memory. They are read whole and within a limit, and
 * become UTF-8 without NUL bytes and byte-order mark. */
#ifndef LIBIPMASQ_SOURCE_H
#define LIBIPMASQ_SOURCE_H

#include "util/diag.h"
#include "util/listing.h"

#define SOURCE_SIZE_MAX (64u << 20)

/* Whether the caller has filled a source as its kind needs it. */
bool source_is_valid(const struct ipmasq_source *source);

/*
 * Reads a valid source; yields a text that the caller unrefs. Errors, all with a finding: -ENOENT,
 * -EACCES, -EIO, -EFBIG; -EINVAL: NUL byte, invalid UTF-8 or UTF-16, with the place.
 */
int source_read(const struct ipmasq_source *source, struct ipmasq_diags *diags, struct text **text);

/* The same of what programs printed: bytes that are no text become question marks. -EINVAL: UTF-16.
 */
int source_read_any(const struct ipmasq_source *source, struct ipmasq_diags *diags,
		    struct text **text);

/* Decides by the bytes of a file whether it is wanted. */
typedef bool source_wanted_fn(const char *data, size_t size, const void *arg);

/* Reads a file that nobody named. @text becomes NULL where the file is not wanted, or too large. */
int source_read_wanted(const char *path, source_wanted_fn *wanted, const void *arg,
		       struct ipmasq_diags *diags, struct text **text);

bool source_is_dir(const char *path);

/* Lists a directory as listing_read() does. -ENOENT, -EACCES or -EIO with a finding; -ENOMEM. */
int source_list_dir(const char *path, const char *pattern, struct ipmasq_diags *diags,
		    struct listing *listing);

/*
 * Adds an error about a source as a whole. Returns @error, or -ENOMEM.
 *
 * @why, @detail  the message in two parts
 */
int source_reject(const char *name, struct ipmasq_diags *diags, int error, const char *code,
		  const char *why, const char *detail);

/* The error that the public functions return for any negative errno of the system's. */
int source_error(int error);

#endif
