/* SPDX-License-Identifier: Apache-2.0 */
/* Rulesets as text of the program that they are for. */
#ifndef LIBIPMASQ_RULESET_TEXT_H
#define LIBIPMASQ_RULESET_TEXT_H

#include "rules/ruleset.h"
#include "util/buf.h"

struct ruleset_format {
	/* The whole script, for a node without our rules. */
	void (*write)(struct buf *buf, const struct ipmasq_ruleset *ruleset);
	/* Which rule is on a line of it, counted from 1. False: none. */
	bool (*at)(const struct ipmasq_ruleset *ruleset, size_t line, size_t *chain, size_t *rule);
	/* A rule as one line without the newline. */
	void (*write_rule)(struct buf *buf, const struct ipmasq_ruleset *ruleset, size_t chain,
			   size_t rule);
};

const struct ruleset_format *ruleset_format(const struct ipmasq_ruleset *ruleset);

#endif
