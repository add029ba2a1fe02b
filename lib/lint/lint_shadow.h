/* SPDX-License-Identifier: Apache-2.0 */
/* Check for entries of nonMasqueradeCIDRs that an earlier step decides. */
#ifndef LIBIPMASQ_LINT_SHADOW_H
#define LIBIPMASQ_LINT_SHADOW_H

#include "lint/lint_run.h"

/* What the entries of a list take of a prefix: a share of it in units of 1 / 2^127, of which the
 * whole fits. */
struct shadow {
	struct addr share;
	/* The first entry that takes some of it, and how many do. */
	const struct lint_item *first;
	size_t count;
};

struct shadow shadow_find(const struct lint_list *list, const struct prefix *prefix);
bool shadow_is_whole(const struct shadow *shadow);

/* -ENOMEM. */
int lint_shadowed(struct lint_run *run);

#endif
