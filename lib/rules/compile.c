/* SPDX-License-Identifier: Apache-2.0 */
/* From a policy to the ruleset that carries it out: chooses the layout, which fills it. */
#include "rules/compile.h"

#include "rules/layout_linear.h"
#include "rules/layout_tree.h"

/*
 * Up to this number, a list is easy to read, and costs no more for a new flow than a tree.
 * Measured, the costs are equal at 8 to 12 entries with legacy iptables, and at a few less with
 * nft.
 */
#define LINEAR_ENTRIES_MAX 12

static enum ipmasq_layout choose_layout(const struct ipmasq_policy *policy,
					enum ipmasq_family family)
{
	const struct policy_family *f = policy_family(policy, family);
	size_t count = f->count - policy_first_source(f) + f->pod_count;

	if (policy->layout != IPMASQ_LAYOUT_AUTO)
		return policy->layout;
	return count <= LINEAR_ENTRIES_MAX ? IPMASQ_LAYOUT_LINEAR : IPMASQ_LAYOUT_TREE;
}

int ruleset_build(const struct ipmasq_policy *policy, enum ipmasq_family family, unsigned int flags,
		  char generation, struct ipmasq_ruleset **ruleset)
{
	struct ipmasq_ruleset *made;
	int r;

	if (flags & ~(IPMASQ_NO_RANDOM_FULLY | RULESET_NFTABLES))
		return -EINVAL;
	r = ruleset_new_empty(family, &made);
	if (r < 0)
		return r;
	made->policy = policy;
	made->random_fully =
		policy->random_fully == IPMASQ_ON ||
		(policy->random_fully == IPMASQ_AUTO && !(flags & IPMASQ_NO_RANDOM_FULLY));
	made->nftables = flags & RULESET_NFTABLES;
	made->layout = choose_layout(policy, family);
	made->generation = generation;
	r = made->layout == IPMASQ_LAYOUT_TREE ? layout_tree(made) : layout_linear(made);
	if (r < 0) {
		ipmasq_ruleset_free(made);
		return r;
	}
	*ruleset = made;
	return 0;
}

IPMASQ_EXPORT int ipmasq_ruleset_new(const struct ipmasq_policy *policy, enum ipmasq_family family,
				     unsigned int flags, struct ipmasq_ruleset **ruleset)
{
	if (!policy || !ruleset || !family_is_known(family) || flags & RULESET_NFTABLES)
		return -EINVAL;
	if (!policy->chain[0])
		return -EOPNOTSUPP;
	return ruleset_build(policy, family, flags, GENERATION_FIRST, ruleset);
}
