/* SPDX-License-Identifier: Apache-2.0 */
/* From a policy to the ruleset that carries it out. */
#ifndef LIBIPMASQ_COMPILE_H
#define LIBIPMASQ_COMPILE_H

#include "rules/ruleset.h"

/* What ipmasq_ruleset_new() does, for a generation of names other than the first. */
int ruleset_build(const struct ipmasq_policy *policy, enum ipmasq_family family, unsigned int flags,
		  char generation, struct ipmasq_ruleset **ruleset);

/* The same for rules that a packet comes to through @above chains. */
int ruleset_build_below(const struct ipmasq_policy *policy, enum ipmasq_family family,
			unsigned int flags, char generation, unsigned int above,
			struct ipmasq_ruleset **ruleset);

#endif
