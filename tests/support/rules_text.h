/* SPDX-License-Identifier: Apache-2.0 */
/* Policies and rulesets from short texts, for tables of tests. */
#ifndef TESTS_RULES_TEXT_H
#define TESTS_RULES_TEXT_H

#include "rules/ruleset.h"

#define RULES_CHAINS 4
#define RULES_MAX    7

/* The policy with an entry of each kind; NULL: none. @pods ends with NULL. */
struct ipmasq_policy *policy_from_text(const char *masquerade, const char *keep, const char *source,
				       const char *const *pods);

/*
 * Chains of rules: "s10.0.0.0/8 R", "d10.0.0.0/8 G1", "* M". R, M and G are RETURN, MASQUERADE and
 * the goto to a chain. With a source and a destination: "s10.9.0.0/16,10.0.0.0/8 R".
 */
struct ipmasq_ruleset *rules_from_text(const char *const rules[RULES_CHAINS][RULES_MAX]);

#endif
