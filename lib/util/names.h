/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host names, each once, numbered in the order in which they came. Case does not tell two names
 * apart, nor does a dot at the end.
 */
#ifndef LIBIPMASQ_NAMES_H
#define LIBIPMASQ_NAMES_H

#include "util/slots.h"

struct names {
	/* As they came first. */
	char **names;
	size_t count;
	size_t capacity;
	/* The numbers of the names. */
	struct slots slots;
};

#define NAMES_NONE SLOT_FREE

/* The number of a name that is there, or NAMES_NONE. */
uint32_t names_find(const struct names *names, const char *text, size_t len);

/* The same, and a name that is not there is added. -ENOMEM. */
int names_add(struct names *names, const char *text, size_t len, uint32_t *number);
void names_release(struct names *names);

#endif
