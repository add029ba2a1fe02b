/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allocator that counts, and fails on demand. It replaces the one of the C library in the whole
 * program, including libyaml and libcidr. Sanitizers replace the allocator too, so tests that use
 * this one are built without sanitizers.
 */
#ifndef TESTS_HEAP_H
#define TESTS_HEAP_H

#include <stdbool.h>

struct heap {
	/* It counts and fails only while this is set. */
	bool armed;
	long calls;
	/* The number of the allocation that fails, counted from 1; 0: none. */
	long fail_at;
	/* How many allocations are not freed yet. */
	long live;
};

extern struct heap heap;

/* Runs @work; its allocation number @fail_at fails. Returns what @work returns. */
int heap_run(int (*work)(void), long fail_at);

#endif
