/* SPDX-License-Identifier: Apache-2.0 */
/* Tells users of the library about rules of a model: what they say, and whose they are. */
#include "nat/rule_info.h"

#include "nat/owners.h"
#include "rules/chain_name.h"

bool rule_is_ours(const struct nat_at *at, const struct ipmasq_policy *policy)
{
	const struct nat_rule *rule = at->rule;

	if (!*policy->chain || !at->table)
		return false;
	if (chain_is_ours(at->table->chains[at->chain].name, policy->chain))
		return true;
	return rule && (rule->verdict == NAT_JUMP || rule->verdict == NAT_GOTO) &&
	       rule->chain < at->table->count &&
	       chain_is_ours(at->table->chains[rule->chain].name, policy->chain);
}

static const char *text_of(const struct nat_at *at)
{
	if (at->rule)
		return at->rule->text ? at->rule->text : "";
	return at->table->chains[at->chain].policy == NAT_DROP ? "policy drop" : "policy accept";
}

bool rule_info(const struct nat_at *at, const struct ipmasq_policy *policy,
	       struct ipmasq_nat_rule *info)
{
	*info = (struct ipmasq_nat_rule){ 0 };
	if (!at->table)
		return false;
	info->backend = nat_backend_name(at->table->backend);
	info->family = at->table->family_name;
	info->table = at->table->name;
	info->chain = at->table->chains[at->chain].name;
	info->number = at->rule ? at->rule->number : 0;
	info->text = text_of(at);
	info->comment = at->rule ? at->rule->comment : NULL;
	info->ours = rule_is_ours(at, policy);
	if (!info->ours) {
		const struct nat_owner *owner = nat_owner_of(at);

		info->owner = owner ? owner->name : NULL;
	}
	info->source = at->table->source;
	return true;
}

enum ipmasq_outcome_verdict outcome_verdict(enum nat_verdict verdict)
{
	switch (verdict) {
	case NAT_RETURN:
		return IPMASQ_OUTCOME_RETURN;
	case NAT_MASQUERADE:
		return IPMASQ_OUTCOME_MASQUERADE;
	case NAT_SNAT:
		return IPMASQ_OUTCOME_SNAT;
	default:
		return IPMASQ_OUTCOME_UNKNOWN;
	}
}
