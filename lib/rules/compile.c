/* SPDX-License-Identifier: Apache-2.0 */
/* From a policy to the ruleset that carries it out: chooses the layout, which fills it. */
#include "rules/compile.h"

#include "rules/layout_linear.h"
#include "rules/layout_maps.h"
#include "rules/layout_tree.h"
#include "rules/map_plan.h"

/*
 * Up to this number, a list is easy to read, and costs no more for a new flow than a tree.
 * Measured, the costs are equal at 8 to 12 entries with legacy iptables, and at a few less with
 * nft. With nftables that many rules are what a map may leave.
 */
#define LINEAR_ENTRIES_MAX     12
#define LINEAR_ENTRIES_MAX_NFT MAP_LEAF

static enum ipmasq_layout choose_layout(const struct ipmasq_policy *policy,
					const struct ipmasq_ruleset *ruleset)
{
	const struct policy_family *f = policy_family(policy, ruleset->family);
	size_t count = f->count - policy_first_source(f) + f->pod_count;
	size_t most = ruleset->nftables ? LINEAR_ENTRIES_MAX_NFT : LINEAR_ENTRIES_MAX;
	enum ipmasq_layout large = ruleset->nftables ? IPMASQ_LAYOUT_MAPS : IPMASQ_LAYOUT_TREE;

	if (policy->layout == IPMASQ_LAYOUT_LINEAR || policy->layout == large)
		return policy->layout;
	return count <= most ? IPMASQ_LAYOUT_LINEAR : large;
}

static int fill(struct ipmasq_ruleset *ruleset)
{
	switch (ruleset->layout) {
	case IPMASQ_LAYOUT_MAPS:
		return layout_maps(ruleset);
	case IPMASQ_LAYOUT_TREE:
		return layout_tree(ruleset);
	default:
		return layout_linear(ruleset);
	}
}

int ruleset_build_below(const struct ipmasq_policy *policy, enum ipmasq_family family,
			unsigned int flags, char generation, unsigned int above,
			struct ipmasq_ruleset **ruleset)
{
	struct ipmasq_ruleset *made;
	int r;

	if (flags & ~(IPMASQ_NO_RANDOM_FULLY | IPMASQ_NFTABLES))
		return -EINVAL;
	r = ruleset_new_empty(family, &made);
	if (r < 0)
		return r;
	made->policy = policy;
	made->random_fully =
		policy->random_fully == IPMASQ_ON ||
		(policy->random_fully == IPMASQ_AUTO && !(flags & IPMASQ_NO_RANDOM_FULLY));
	made->nftables = flags & IPMASQ_NFTABLES;
	made->layout = choose_layout(policy, made);
	made->generation = generation;
	made->above = above;
	r = fill(made);
	if (r < 0) {
		ipmasq_ruleset_free(made);
		return r;
	}
	*ruleset = made;
	return 0;
}

int ruleset_build(const struct ipmasq_policy *policy, enum ipmasq_family family, unsigned int flags,
		  char generation, struct ipmasq_ruleset **ruleset)
{
	return ruleset_build_below(policy, family, flags, generation, 0, ruleset);
}

IPMASQ_EXPORT int ipmasq_ruleset_new(const struct ipmasq_policy *policy, enum ipmasq_family family,
				     unsigned int flags, struct ipmasq_ruleset **ruleset)
{
	if (!policy || !ruleset || !family_is_known(family))
		return -EINVAL;
	if (!policy->chain[0])
		return -EOPNOTSUPP;
	return ruleset_build(policy, family, flags, GENERATION_FIRST, ruleset);
}
