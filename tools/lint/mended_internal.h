/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IPMASQ_MENDED_INTERNAL_H
#define IPMASQ_MENDED_INTERNAL_H

#include "lint/mended.h"

/* A stretch that is still as it was. */
struct kept {
	size_t now; /* where it is, in bytes */
	size_t before; /* where it was */
	size_t length;
};

struct version {
	char *data;
	size_t size;
	struct kept *kept; /* in the order of both texts */
	size_t kept_count;
};

struct mended {
	const char *before;
	size_t before_size;
	struct version now;
	struct version last; /* before the last round */
};

#endif
