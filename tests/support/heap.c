/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator that fails on demand, and counts. */
#include "support/heap.h"

#include <stdlib.h>

#include "util/common.h"

struct heap heap;

static bool refuse(void)
{
	return heap.armed && ++heap.calls == heap.fail_at;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static void *count_new(void *memory, bool is_new)
{
	if (!memory)
		errno = ENOMEM;
	heap.live += heap.armed && memory && is_new;
	return memory;
}

IPMASQ_EXPORT void *malloc(size_t size)
{
	return count_new(refuse() ? NULL : __libc_malloc(size), true);
}

IPMASQ_EXPORT void *calloc(size_t count, size_t size)
{
	return count_new(refuse() ? NULL : __libc_calloc(count, size), true);
}

IPMASQ_EXPORT void *realloc(void *old, size_t size)
{
	return count_new(refuse() ? NULL : __libc_realloc(old, size), !old);
}

IPMASQ_EXPORT void free(void *memory)
{
	heap.live -= heap.armed && memory;
	__libc_free(memory);
}

int heap_run(int (*work)(void), long fail_at)
{
	int r;

	heap = (struct heap){ .armed = true, .fail_at = fail_at };
	r = work();
	heap.armed = false;
	return r;
}
