/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of a small policy: one rule per entry, in decision order, in one chain. */
#ifndef LIBIPMASQ_LAYOUT_LINEAR_H
#define LIBIPMASQ_LAYOUT_LINEAR_H

#include "rules/ruleset.h"

/* Fills an empty ruleset whose `policy` is set. -ENOMEM. */
int layout_linear(struct ipmasq_ruleset *ruleset);

#endif
