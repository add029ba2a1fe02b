/* SPDX-License-Identifier: Apache-2.0 */
/* Answers for one packet: what the node does with its source, and whether the policy wants that. */
#include <stdlib.h>

#include "nat/rule_info.h"
#include "nat/view.h"
#include "nat/walk.h"
#include "policy/partition.h"

struct ipmasq_answer {
	const struct ipmasq_nat *nat;
	const struct ipmasq_policy *policy;
	enum ipmasq_family family;
	enum ipmasq_verdict wanted;
	enum ipmasq_agreement agreement;
	struct nat_way *way;
};

IPMASQ_EXPORT const char *ipmasq_outcome_verdict_name(enum ipmasq_outcome_verdict verdict)
{
	static const char *const names[] = {
		[IPMASQ_OUTCOME_RETURN] = "RETURN",
		[IPMASQ_OUTCOME_MASQUERADE] = "MASQUERADE",
		[IPMASQ_OUTCOME_SNAT] = "SNAT",
		[IPMASQ_OUTCOME_UNKNOWN] = "UNKNOWN",
	};

	return NAME_OF(names, verdict);
}

IPMASQ_EXPORT const char *ipmasq_agreement_name(enum ipmasq_agreement agreement)
{
	static const char *const names[] = {
		[IPMASQ_AGREES] = "agrees",
		[IPMASQ_DISAGREES] = "disagrees",
		[IPMASQ_DEPENDS] = "depends",
	};

	return NAME_OF(names, agreement);
}

static enum ipmasq_agreement snat_agreement(const struct ipmasq_answer *answer,
					    const struct nat_outcome *outcome)
{
	enum nat_match own = NAT_MAYBE;

	if (outcome->to_known)
		own = nat_view_is_own(answer->nat, answer->family, outcome->to);
	if (own == NAT_MAYBE)
		return IPMASQ_DEPENDS;
	return own == NAT_YES ? IPMASQ_AGREES : IPMASQ_DISAGREES;
}

static enum ipmasq_agreement outcome_agreement(const struct ipmasq_answer *answer,
					       const struct nat_outcome *outcome)
{
	bool wants_rewrite = answer->wanted == IPMASQ_MASQUERADE;

	switch (outcome->verdict) {
	case NAT_RETURN:
		return wants_rewrite ? IPMASQ_DISAGREES : IPMASQ_AGREES;
	case NAT_MASQUERADE:
		return wants_rewrite ? IPMASQ_AGREES : IPMASQ_DISAGREES;
	case NAT_SNAT:
		return wants_rewrite ? snat_agreement(answer, outcome) : IPMASQ_DISAGREES;
	default:
		return IPMASQ_DEPENDS;
	}
}

/* Of all outcomes that are not dropped. */
static enum ipmasq_agreement all_agree(const struct ipmasq_answer *answer)
{
	enum ipmasq_agreement all = IPMASQ_DISAGREES;
	bool any = false;

	for (size_t i = 0; i < answer->way->outcome_count; i++) {
		const struct nat_outcome *outcome = &answer->way->outcomes[i];
		enum ipmasq_agreement one = outcome_agreement(answer, outcome);

		if (outcome->verdict == NAT_DROP)
			continue;
		if (any && one != all)
			return IPMASQ_DEPENDS;
		all = one;
		any = true;
	}
	return all;
}

/* The sources whose destinations decide. -ENOMEM. */
static int common_sources(const struct ipmasq_policy *policy, enum ipmasq_family family,
			  struct ranges *sources)
{
	size_t source_count = policy_family(policy, family)->source_count;
	struct ipmasq_partition *partition = NULL;
	int r = partition_new_sources(policy, family, &partition);

	for (size_t i = 0; r == 0 && i < partition->count; i++) {
		if (partition->entries[i] == source_count)
			r = ranges_add_range(sources, partition->starts[i],
					     partition_last(partition, i));
	}
	if (r == 0)
		ranges_unite(sources);
	ipmasq_partition_free(partition);
	return r;
}

static int walk(struct ipmasq_answer *answer, const void *address, const void *source)
{
	struct ranges sources = { 0 };
	struct nat_place place;
	struct nat_packet packet = {
		.family = answer->family,
		.destination = addr_from_bytes(answer->family, address),
		.place = &place,
	};
	int r = 0;

	if (source) {
		packet.has_source = true;
		packet.source = addr_from_bytes(answer->family, source);
	} else {
		r = common_sources(answer->policy, answer->family, &sources);
		/* Where nonMasqueradeSrcCIDRs names all, it is any that podCIDRs has. */
		packet.sources = sources.count > 0 ? &sources : NULL;
	}
	nat_view_place(answer->nat, &packet, &place);
	if (r == 0)
		r = nat_walk(answer->nat->model, &packet, &answer->way);
	ranges_release(&sources);
	return r;
}

IPMASQ_EXPORT int ipmasq_nat_answer(const struct ipmasq_nat *nat,
				    const struct ipmasq_policy *policy, enum ipmasq_family family,
				    const void *address, const void *source,
				    struct ipmasq_answer **answer)
{
	struct ipmasq_decision *decision;
	struct ipmasq_answer *made;
	int r;

	if (!nat || !answer)
		return -EINVAL;
	r = ipmasq_policy_explain(policy, family, address, source, &decision);
	if (r < 0)
		return r;
	if (nat->model->untold & NAT_FAMILY(family)) {
		ipmasq_decision_free(decision);
		return -ENODATA;
	}
	made = calloc(1, sizeof(*made));
	if (made) {
		*made = (struct ipmasq_answer){
			nat, policy, family, decision->entry->verdict, IPMASQ_DEPENDS, NULL
		};
		r = walk(made, address, source);
	} else {
		r = -ENOMEM;
	}
	ipmasq_decision_free(decision);
	if (r < 0) {
		ipmasq_answer_free(made);
		return r;
	}
	made->agreement = all_agree(made);
	*answer = made;
	return 0;
}

IPMASQ_EXPORT void ipmasq_answer_free(struct ipmasq_answer *answer)
{
	if (!answer)
		return;
	nat_way_free(answer->way);
	free(answer);
}

IPMASQ_EXPORT int ipmasq_answer_info(const struct ipmasq_answer *answer,
				     struct ipmasq_answer_details *info, size_t size)
{
	struct ipmasq_answer_details known;

	if (!answer)
		return -EINVAL;
	known = (struct ipmasq_answer_details){
		.agreement = answer->agreement,
		.wanted = answer->wanted,
		.outcomes = answer->way->outcome_count,
		.steps = answer->way->step_count,
		.cut_short = answer->way->cut_short,
	};
	return struct_fill(info, size, &known, sizeof(known));
}

IPMASQ_EXPORT int ipmasq_answer_outcome(const struct ipmasq_answer *answer, size_t index,
					struct ipmasq_outcome *outcome, size_t size)
{
	struct ipmasq_outcome known = { 0 };
	const struct nat_outcome *it;

	if (!answer)
		return -EINVAL;
	if (index >= answer->way->outcome_count)
		return -ERANGE;
	it = &answer->way->outcomes[index];
	known.verdict = outcome_verdict(it->verdict);
	known.dropped = it->verdict == NAT_DROP;
	known.has_to = it->to_known;
	if (it->to_known)
		addr_to_bytes(answer->family, it->to, known.to);
	known.agreement = outcome_agreement(answer, it);
	known.conditions = it->condition_count;
	known.decided = rule_info(&it->at, answer->policy, &known.rule);
	return struct_fill(outcome, size, &known, sizeof(known));
}

IPMASQ_EXPORT const char *ipmasq_answer_condition(const struct ipmasq_answer *answer,
						  size_t outcome, size_t index)
{
	if (!answer || outcome >= answer->way->outcome_count ||
	    index >= answer->way->outcomes[outcome].condition_count)
		return NULL;
	return answer->way->outcomes[outcome].conditions[index];
}

IPMASQ_EXPORT int ipmasq_answer_step(const struct ipmasq_answer *answer, size_t index,
				     struct ipmasq_step *step, size_t size)
{
	struct ipmasq_step known = { 0 };

	if (!answer)
		return -EINVAL;
	if (index >= answer->way->step_count)
		return -ERANGE;
	known.certain = answer->way->steps[index].match == NAT_YES;
	rule_info(&answer->way->steps[index].at, answer->policy, &known.rule);
	return struct_fill(step, size, &known, sizeof(known));
}
