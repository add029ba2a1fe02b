/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that findings and entries point into, freed with their last user. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

int text_new(const char *name, size_t size, struct text **text)
{
	struct text *made;

	if (size > SIZE_MAX - sizeof(*made) - 1)
		return -ENOMEM;
	made = malloc(sizeof(*made) + size + 1);
	if (!made)
		return -ENOMEM;
	made->name = strdup(name);
	if (!made->name) {
		free(made);
		return -ENOMEM;
	}
	atomic_init(&made->refs, 1);
	made->size = size;
	made->data[size] = '\0';
	*text = made;
	return 0;
}

/* The count is the one thing that changes in a text that others hold as const. */
static struct text *text_mutable(const struct text *text)
{
	union {
		const struct text *in;
		struct text *out;
	} cast = { .in = text };

	return cast.out;
}

struct text *text_ref(const struct text *text)
{
	struct text *counted = text_mutable(text);

	if (counted)
		atomic_fetch_add_explicit(&counted->refs, 1, memory_order_relaxed);
	return counted;
}

void text_unref(const struct text *text)
{
	struct text *counted = text_mutable(text);

	if (!counted || atomic_fetch_sub_explicit(&counted->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(counted->name);
	free(counted);
}
