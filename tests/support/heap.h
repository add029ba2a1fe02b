/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allocator that fails on demand, and counts. It stands in front of the C library's for the
 * whole program, shared libraries included, so libyaml and libcidr meet it too. It cannot stand in
 * front of a sanitizer's: with sanitizers, the tests that use it are not built.
 */
#ifndef TESTS_HEAP_H
#define TESTS_HEAP_H

#include <stdbool.h>

struct heap {
	bool armed; /* count and fail from here on */
	long calls;
	long fail_at; /* the number of the allocation that is refused; 0: none */
	long live; /* what was allocated and is not freed */
};

extern struct heap heap;

/* Runs @work with allocation number @fail_at refused. Returns what it returned. */
int heap_run(int (*work)(void), long fail_at);

#endif
