/* SPDX-License-Identifier: Apache-2.0 */
/* What the layouts that divide sources as they divide destinations share: tree and maps. */
#ifndef LIBIPMASQ_LAYOUT_SOURCES_H
#define LIBIPMASQ_LAYOUT_SOURCES_H

#include "rules/ruleset.h"

/* Stands for the first chain of destinations, until that is there. */
#define CHAIN_OF_PODS UINT32_MAX

/* A rule that matches the prefix, as source or as destination, and returns. */
struct rule rule_for_prefix(const struct prefix *prefix, bool by_source);

/* Without podCIDRs, sources come first, each as a rule that returns. They are few: single pods, or
 * ranges of them. -ENOMEM. */
int add_source_rules(struct ipmasq_ruleset *ruleset);

/* Leads the rules for CHAIN_OF_PODS to the ruleset's `pods`. */
void lead_to_pods(struct ipmasq_ruleset *ruleset);

#endif
