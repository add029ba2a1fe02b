/* SPDX-License-Identifier: Apache-2.0 */
/* What almost is a configuration, to be reported when all of a text was searched. */
#ifndef LIBIPMASQ_MANIFEST_NEAR_H
#define LIBIPMASQ_MANIFEST_NEAR_H

#include "config/document.h"
#include "util/diag.h"

#define NEAR_MESSAGE_MAX 320

struct near_miss {
	/* The code of the finding; NULL: it is told only where there is no configuration at all. */
	const char *code;
	enum ipmasq_severity severity;
	struct pos pos;
	char message[NEAR_MESSAGE_MAX];
};

struct near {
	struct near_miss *misses;
	size_t count;
	size_t capacity;
};

/* Remembers one, up to a limit. -ENOMEM. */
int near_add(struct near *near, const char *code, enum ipmasq_severity severity,
	     const struct pos *pos, const char *format, ...) PRINTF_LIKE(5, 6);

/* Adds those that have a code as findings; to be called where there is a configuration. -ENOMEM. */
int near_report(const struct near *near, struct ipmasq_diags *diags);

/* The one to name where there is no configuration at all: of the most severe, the first that has a
 * code. NULL: there is none. */
const struct near_miss *near_best(const struct near *near);

void near_release(struct near *near);

#endif
