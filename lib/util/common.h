/* SPDX-License-Identifier: Apache-2.0 */
/* What every file of the library may use. */
#ifndef LIBIPMASQ_COMMON_H
#define LIBIPMASQ_COMMON_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "ipmasq.h"

/* The library is built with -fvisibility=hidden: this, and a line in libipmasq.sym, makes a
 * function public. */
#define IPMASQ_EXPORT __attribute__((visibility("default")))

#define PRINTF_LIKE(string, args) __attribute__((format(printf, string, args)))
#define ARRAY_SIZE(array)	  (sizeof(array) / sizeof((array)[0]))

/* The name of an enum's value in a table; NULL where the value is none of the enum. */
#define NAME_OF(names, value) ((size_t)(value) < ARRAY_SIZE(names) ? (names)[value] : NULL)

/* Whether a caller's value is one of an enum that starts at 0. */
#define IS_UP_TO(last, value) ((size_t)(value) <= (size_t)(last))

static inline bool family_is_known(enum ipmasq_family family)
{
	return family == IPMASQ_IPV4 || family == IPMASQ_IPV6;
}

/*
 * Fills the caller's struct of @size bytes from our struct of @known bytes. The struct of an older
 * caller has fewer members and gets only those; members that only a newer caller's has become 0.
 * Returns 0, or -EINVAL where @to is NULL.
 */
int struct_fill(void *to, size_t size, const void *from, size_t known);

/* Scope-bound release: `CLEANUP(buf_release) struct buf b = BUF_INIT;` */
#define CLEANUP(function) __attribute__((cleanup(function)))

/*
 * Makes room for one more element in an array that grows. The capacity doubles, so that n additions
 * cost O(n). Returns 0, or -ENOMEM and leaves the array as it was.
 */
int array_grow(void *array_pointer, size_t *capacity, size_t count, size_t element_size);

/* qsort() and bsearch() for arrays that may be empty, and NULL then, which those do not allow. */
static inline void array_sort(void *array, size_t count, size_t element_size,
			      int (*compare)(const void *a, const void *b))
{
	if (count > 1)
		qsort(array, count, element_size, compare);
}

static inline void *array_find(const void *key, const void *array, size_t count,
			       size_t element_size, int (*compare)(const void *a, const void *b))
{
	return count > 0 ? bsearch(key, array, count, element_size, compare) : NULL;
}

#endif
