/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps what almost is a configuration until it is known whether there is one. */
#include "config/manifest_near.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* More would not be read. */
#define NEAR_MAX 256

int near_add(struct near *near, const char *code, enum ipmasq_severity severity,
	     const struct pos *pos, const char *format, ...)
{
	struct near_miss *miss;
	va_list args;
	int r;

	if (near->count == NEAR_MAX)
		return 0;
	r = array_grow(&near->misses, &near->capacity, near->count, sizeof(*near->misses));
	if (r < 0)
		return r;
	miss = &near->misses[near->count++];
	*miss = (struct near_miss){ .code = code, .severity = severity, .pos = *pos };
	va_start(args, format);
	vsnprintf(miss->message, sizeof(miss->message), format, args);
	va_end(args);
	return 0;
}

int near_report(const struct near *near, struct ipmasq_diags *diags)
{
	int r = 0;

	for (size_t i = 0; i < near->count && r == 0; i++) {
		const struct near_miss *miss = &near->misses[i];

		if (miss->code)
			r = diag_add(diags, miss->severity, miss->code, &miss->pos, NULL, "%s",
				     miss->message);
	}
	return r;
}

const struct near_miss *near_best(const struct near *near)
{
	const struct near_miss *best = NULL;

	for (size_t i = 0; i < near->count; i++) {
		const struct near_miss *miss = &near->misses[i];

		if (!best || miss->severity > best->severity ||
		    (miss->severity == best->severity && miss->code && !best->code))
			best = miss;
	}
	return best;
}

void near_release(struct near *near)
{
	free(near->misses);
	*near = (struct near){ 0 };
}
