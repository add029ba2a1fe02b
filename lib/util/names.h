/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of host names, numbered in the order in which they were added. Names that differ in case or
 * in a dot at the end are the same.
 */
#ifndef LIBIPMASQ_NAMES_H
#define LIBIPMASQ_NAMES_H

#include "util/slots.h"

struct names {
	/* By number, each as it was first written. */
	char **names;
	size_t count;
	size_t capacity;
	/* The numbers of the names. */
	struct slots slots;
};

#define NAMES_NONE SLOT_FREE

/* The number of a name, or NAMES_NONE. */
uint32_t names_find(const struct names *names, const char *text, size_t len);

/* The number of a name, which is added where it is new. -ENOMEM. */
int names_add(struct names *names, const char *text, size_t len, uint32_t *number);
void names_release(struct names *names);

#endif
