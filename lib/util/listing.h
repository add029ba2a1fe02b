/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a directory in a fixed order. */
#ifndef LIBIPMASQ_LISTING_H
#define LIBIPMASQ_LISTING_H

#include "util/common.h"

struct listing {
	/* Each begins with the directory's path. */
	char **paths;
	size_t count;
	size_t capacity;
};

/*
 * Lists the regular files of a directory, and links to such, sorted by name. Left out are names
 * that start with a dot, names that do not match the fnmatch(3) @pattern (NULL: none), and links to
 * nothing. Returns 0 or any negative errno.
 */
int listing_read(const char *dir, const char *pattern, struct listing *listing);
void listing_release(struct listing *listing);

#endif
