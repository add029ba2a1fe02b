/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that carry out MASQUERADE, for every layout. */
#ifndef LIBIPMASQ_MASQUERADE_H
#define LIBIPMASQ_MASQUERADE_H

#include "rules/ruleset.h"

/*
 * Adds to @chain, which is one of @ruleset's, the rules that masquerade what @match matches: with
 * --to-ports several. -ENOMEM.
 */
int add_masquerade(const struct ipmasq_ruleset *ruleset, struct chain *chain,
		   const struct rule *match);

#endif
