/* SPDX-License-Identifier: Apache-2.0 */
/* Does something for both families, one after the other. */
#include "node/families.h"

#include <string.h>

#include "node/kernel/nat_legacy_table.h"
#include "node/overridden.h"
#include "rules/nft_form.h"

/* Hands on what the last look at the backend in use has shown of others. */
static void keep_legacy(struct work *w)
{
	struct nat_legacy_table **seen;

	if (!w->seen_legacy || !w->observed || w->iptables.backend != IPMASQ_BACKEND_LEGACY)
		return;
	seen = &w->seen_legacy[family_index(w->family)];
	nat_legacy_table_free(*seen);
	*seen = w->obs.reached;
	w->obs.reached = NULL;
}

/* Notes the chain that the last look has shown to do what the policy says: in line, or changed and
 * read back. */
static void note_proved(const struct work *w)
{
	enum ipmasq_state state = w->report->families[family_index(w->family)].state;
	const struct ipmasq_ruleset *rules = w->obs.rules;
	struct nat_proved *proved;

	if (!w->proved_chains || !w->observed || !rules || rules->count == 0 || !w->plan.empty ||
	    (state != IPMASQ_STATE_IN_LINE && state != IPMASQ_STATE_CHANGED))
		return;
	proved = &w->proved_chains[family_index(w->family)];
	*proved = (struct nat_proved){ .backend = NAT_LEGACY, .table = "nat" };
	strcpy(proved->chain, rules->chains[0].name);
	if (w->iptables.backend == IPMASQ_BACKEND_NFT)
		proved->backend = NAT_IPTABLES_NFT;
	if (w->iptables.backend != IPMASQ_BACKEND_NFTABLES)
		return;
	proved->backend = NAT_NFTABLES;
	proved->table = NFT_TABLE;
	nft_name(rules->chains[0].name, proved->chain);
}

/* @preferred: the backend of the previous family, and then of this one. */
static int do_family(const struct work *common, enum ipmasq_family family,
		     enum ipmasq_backend *preferred, int (*act)(struct work *w))
{
	struct work w = *common;
	struct programs programs;
	int r;

	w.family = family;
	w.programs = &programs;
	w.preferred = *preferred;
	r = programs_find(w.node, family, &programs, &w.failure);
	r = r < 0 ? work_fail(&w, NULL) : act(&w);
	if (r < 0)
		report_fail(w.report, family, &w.failure, NULL);
	work_report(&w)->flows_pending = w.node->flows == IPMASQ_FLOWS_END &&
					 w.node->pending[family_index(family)].count > 0;
	*preferred = w.iptables.backend;
	note_proved(&w);
	keep_legacy(&w);
	work_release(&w);
	programs_release(&programs);
	return r;
}

int families_do(const struct work *common, int (*act)(struct work *w))
{
	enum ipmasq_backend preferred = IPMASQ_BACKEND_AUTO;
	int error;
	int r;

	report_reset(common->report);
	error = do_family(common, IPMASQ_IPV4, &preferred, act);
	r = do_family(common, IPMASQ_IPV6, &preferred, act);
	if (error == 0)
		error = r;
	if (error == 0)
		error = report_error(common->report);
	return error == 0 ? diag_error(common->diags) : error;
}

/* Looks at everybody's rules once both families are as they are to be. */
static int look_at_others(const struct work *common, struct seen_nat *others)
{
	static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(families) && r == 0; i++) {
		struct work w = *common;

		w.family = families[i];
		r = overridden_look(&w, others);
		if (r < 0)
			report_no_memory(w.report, w.family);
	}
	return r;
}

int families_do_policy(struct ipmasq_node *node, const struct ipmasq_policy *policy,
		       struct ipmasq_report *report, struct ipmasq_diags *diags,
		       int (*act)(struct work *w))
{
	struct seen_nat others = { .nat = NULL };
	struct work common = { .node = node,
			       .seen_legacy = others.legacy,
			       .proved_chains = others.proved,
			       .policy = policy,
			       .report = report,
			       .diags = diags };
	int error;
	int r;

	if (!node || !policy || !report)
		return -EINVAL;
	if (!policy->chain[0])
		return policy_reject_chain(policy, diags);
	common.root = policy->chain;
	error = families_do(&common, act);
	r = look_at_others(&common, &others);
	seen_nat_release(&others);
	return error == 0 ? r : error;
}
