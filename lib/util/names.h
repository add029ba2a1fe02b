/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host names, each once, numbered in the order in which they came. Case does not tell two names
 * apart, nor does a dot at the end.
 */
#ifndef LIBIPMASQ_NAMES_H
#define LIBIPMASQ_NAMES_H

#include "util/common.h"

struct names {
	char **names; /* as they came first */
	size_t count;
	size_t capacity;
	uint32_t *slots; /* a hash table of numbers */
	size_t size;
};

#define NAMES_NONE UINT32_MAX

/* The number of a name that is there, or NAMES_NONE. */
uint32_t names_find(const struct names *names, const char *text, size_t len);

/* The same, and a name that is not there is added. -ENOMEM. */
int names_add(struct names *names, const char *text, size_t len, uint32_t *number);
void names_release(struct names *names);

#endif
