/* SPDX-License-Identifier: Apache-2.0 */
/* Tells users of the library about rules of a model. */
#ifndef LIBIPMASQ_NAT_RULE_INFO_H
#define LIBIPMASQ_NAT_RULE_INFO_H

#include "nat/way.h"
#include "policy/policy.h"

/* Whether a rule, or the policy of a base chain, is ours: it is in a chain of the policy, or leads
 * to one. */
bool rule_is_ours(const struct nat_at *at, const struct ipmasq_policy *policy);

/* Describes it. Returns false, and leaves @info empty, where @at is nothing. */
bool rule_info(const struct nat_at *at, const struct ipmasq_policy *policy,
	       struct ipmasq_nat_rule *info);

/* What users are told of what a rule does to a packet in the end. */
enum ipmasq_outcome_verdict outcome_verdict(enum nat_verdict verdict);

#endif
