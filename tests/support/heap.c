/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator that counts, and fails on demand. */
#include "support/heap.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "util/common.h"

struct heap heap;

/* The functions of the C library. */
static struct {
	void *(*malloc)(size_t size);
	void *(*calloc)(size_t count, size_t size);
	void *(*realloc)(void *memory, size_t size);
	void (*free)(void *memory);
} next;

/* dlsym() itself may allocate memory. It copes with a failure, since nothing is resolved yet. */
static bool look_up(void)
{
	static bool looking;

	if (next.free)
		return true;
	if (looking)
		return false;
	looking = true;
	next.malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	next.calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
	next.realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
	next.free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
	looking = false;
	if (!next.malloc || !next.calloc || !next.realloc || !next.free)
		abort();
	return true;
}

static bool refuse(void)
{
	return !look_up() || (heap.armed && ++heap.calls == heap.fail_at);
}

static void *count_new(void *memory, bool is_new)
{
	if (!memory)
		errno = ENOMEM;
	heap.live += heap.armed && memory && is_new;
	return memory;
}

IPMASQ_EXPORT void *malloc(size_t size)
{
	return count_new(refuse() ? NULL : next.malloc(size), true);
}

IPMASQ_EXPORT void *calloc(size_t count, size_t size)
{
	return count_new(refuse() ? NULL : next.calloc(count, size), true);
}

IPMASQ_EXPORT void *realloc(void *old, size_t size)
{
	return count_new(refuse() ? NULL : next.realloc(old, size), !old);
}

IPMASQ_EXPORT void free(void *memory)
{
	heap.live -= heap.armed && memory;
	if (memory)
		next.free(memory);
}

int heap_run(int (*work)(void), long fail_at)
{
	int r;

	heap = (struct heap){ .armed = true, .fail_at = fail_at };
	r = work();
	heap.armed = false;
	return r;
}
