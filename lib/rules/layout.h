/* SPDX-License-Identifier: Apache-2.0 */
/* The ways to lay a policy out in chains. Each fills an empty ruleset whose `policy` is set.
 * -ENOMEM. */
#ifndef LIBIPMASQ_LAYOUT_H
#define LIBIPMASQ_LAYOUT_H

#include "ruleset.h"

/* One rule an entry, in decision order, in one chain. */
int layout_linear(struct ipmasq_ruleset *ruleset);

#endif
