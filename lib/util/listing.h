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
 * Lists the regular files of a directory, links to such included, sorted by name. Names that start
 * with a dot are left out, and those that do not match the fnmatch(3) @pattern, unless it is NULL.
 * Returns 0 or any negative errno; a link to nothing is no error, and no file.
 */
int listing_read(const char *dir, const char *pattern, struct listing *listing);
void listing_release(struct listing *listing);

#endif
