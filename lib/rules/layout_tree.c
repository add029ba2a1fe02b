/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree of chains, for policies too large to walk from end to end for each new flow.
 *
 * It is made from the smallest set of prefixes that has the verdicts of the partition. While a
 * chain has more of them left than a leaf may hold, the region of the address space whose number of
 * prefixes is nearest to a fixed share goes to a sub-chain, by goto. The rest are written out,
 * inner before outer, and the verdict of the region ends the chain. There is no way back from a
 * goto, so each chain ends the decision itself, and a packet sees one path from the root: about
 * log(n) rules.
 *
 * With podCIDRs there are two trees, one after the other. The first is one of sources, from the
 * smallest set of prefixes that tells which are the policy's: these go to the root of the second.
 */
#include "rules/layout_tree.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "rules/chain_index.h"
#include "rules/chain_name.h"
#include "rules/layout_sources.h"
#include "rules/masquerade.h"
#include "rules/minimise.h"

struct tree {
	struct ipmasq_ruleset *ruleset;
	/* Of the ruleset. */
	struct chain_index chains;
	struct tree_shape shape;
	char prefix[CHAIN_PREFIX_MAX];
	/* How many chains a path may have, the root included. */
	unsigned int levels;
	/* How many the longest path has before the chain that it ends in. */
	unsigned int deepest;
	/* The tree of sources is being made. */
	bool by_source;
	/* The chain of the rules for --to-ports, or 0. */
	uint32_t masquerade;
};

/* The prefixes that a chain still has to write out, in the order of a minimal set. */
struct remaining {
	struct minimal_prefix *prefixes;
	size_t count;
};

static int add_named(struct tree *tree, const char *name, uint32_t *index)
{
	int r = ruleset_add_chain(tree->ruleset, name, strlen(name), index);

	return r < 0 ? r : chain_index_update(&tree->chains, tree->ruleset);
}

/*
 * A sub-chain is named after its region, which no other chain of the tree has. So another policy
 * has the same names for the same regions, and a small change of it changes few chains.
 */
static int add_sub_chain(struct tree *tree, const struct prefix *region, uint32_t *index)
{
	return chain_add_region(tree->ruleset, &tree->chains, tree->prefix, tree->by_source, region,
				index);
}

static int add_goto(struct tree *tree, uint32_t chain, const struct prefix *prefix, uint32_t to)
{
	struct rule rule = rule_for_prefix(prefix, tree->by_source);

	rule.target = TARGET_GOTO;
	rule.chain = to;
	return chain_add_rule(&tree->ruleset->chains[chain], &rule);
}

static int add_verdict(struct tree *tree, uint32_t chain, const struct minimal_prefix *decided)
{
	const struct prefix *prefix = &decided->prefix;
	enum ipmasq_verdict verdict = decided->verdict;
	struct rule rule = rule_for_prefix(prefix, tree->by_source);

	if (verdict == IPMASQ_RETURN)
		return chain_add_rule(&tree->ruleset->chains[chain], &rule);
	if (tree->by_source)
		return add_goto(tree, chain, prefix, CHAIN_OF_PODS);
	if (tree->masquerade)
		return add_goto(tree, chain, prefix, tree->masquerade);
	return add_masquerade(tree->ruleset, &tree->ruleset->chains[chain], &rule);
}

/* A run of the remaining prefixes: all those within one region. */
struct slice {
	size_t begin;
	size_t end;
	/* The smallest prefix that covers them. */
	struct prefix region;
};

static struct slice slice_of(const struct remaining *left, size_t begin, size_t end)
{
	return (struct slice){ begin, end,
			       prefix_common(&left->prefixes[begin].prefix,
					     &left->prefixes[end - 1].prefix) };
}

/* Where the prefixes in the upper half of a slice's region begin. */
static size_t split_point(const struct remaining *left, const struct slice *slice, size_t begin)
{
	return begin + addr_first_from(left->prefixes + begin, slice->end - begin,
				       sizeof(*left->prefixes),
				       offsetof(struct minimal_prefix, prefix.addr),
				       prefix_middle(&slice->region));
}

static size_t count_difference(size_t a, size_t b)
{
	return a > b ? a - b : b - a;
}

/*
 * Finds the region whose number of prefixes is nearest to @share. Going down the heavier side, the
 * number falls from all to one, and never to less than half of what it was.
 */
static bool find_region(const struct remaining *left, size_t share, unsigned int outer,
			struct slice *best)
{
	struct slice at = slice_of(left, 0, left->count);
	bool found = false;

	while (at.end - at.begin > 1) {
		/* A prefix that is the region itself belongs to neither half. */
		bool own = left->prefixes[at.begin].prefix.len == at.region.len;
		size_t begin = at.begin + own;
		size_t middle = split_point(left, &at, begin);

		/* A region as wide as the chain's own would take all that the chain gets. */
		if (at.region.len > outer &&
		    (!found || count_difference(at.end - at.begin, share) <
				       count_difference(best->end - best->begin, share))) {
			*best = at;
			found = true;
		}
		if (found && at.end - at.begin <= share)
			break;
		at = middle - begin > at.end - middle ? slice_of(left, begin, middle)
						      : slice_of(left, middle, at.end);
	}
	return found;
}

/* The verdict where no prefix of the region decides: that of the innermost prefix around it. */
static enum ipmasq_verdict verdict_around(const struct remaining *left, const struct slice *slice,
					  enum ipmasq_verdict verdict)
{
	for (size_t i = slice->begin; i-- > 0;)
		if (prefix_covers(&left->prefixes[i].prefix, &slice->region))
			return left->prefixes[i].verdict;
	return verdict;
}

static int build_chain(struct tree *tree, uint32_t chain, const struct prefix *region,
		       struct remaining *left, enum ipmasq_verdict verdict, unsigned int depth);

/* Moves a slice of the remaining prefixes to a sub-chain. */
static int split_off(struct tree *tree, uint32_t chain, struct remaining *left,
		     const struct slice *slice, enum ipmasq_verdict verdict, unsigned int depth)
{
	/* A prefix that is the whole region decides where no other one inside does. */
	bool own = left->prefixes[slice->begin].prefix.len == slice->region.len;
	struct remaining part = { .count = slice->end - slice->begin };
	uint32_t sub;
	int r;

	verdict = own ? left->prefixes[slice->begin].verdict : verdict_around(left, slice, verdict);
	part.count -= own;
	part.prefixes = malloc((part.count + 1) * sizeof(*part.prefixes));
	if (!part.prefixes)
		return -ENOMEM;
	memcpy(part.prefixes, left->prefixes + slice->begin + own,
	       part.count * sizeof(*part.prefixes));
	memmove(left->prefixes + slice->begin, left->prefixes + slice->end,
		(left->count - slice->end) * sizeof(*left->prefixes));
	left->count -= slice->end - slice->begin;
	r = add_sub_chain(tree, &slice->region, &sub);
	if (r == 0)
		r = add_goto(tree, chain, &slice->region, sub);
	if (r == 0)
		r = build_chain(tree, sub, &slice->region, &part, verdict, depth + 1);
	free(part.prefixes);
	return r;
}

/* Inner before outer, so that the longest prefix matches first; then the verdict for the rest. */
static int write_rest(struct tree *tree, uint32_t chain, const struct remaining *left,
		      enum ipmasq_verdict verdict)
{
	const struct minimal_prefix everything = {
		.prefix = { .family = (uint8_t)tree->ruleset->family },
		.verdict = (uint8_t)verdict,
	};
	int r = 0;

	for (size_t i = left->count; i-- > 0 && r == 0;)
		r = add_verdict(tree, chain, &left->prefixes[i]);
	/* Falling off the end returns. */
	if (r == 0 && verdict == IPMASQ_MASQUERADE)
		r = add_verdict(tree, chain, &everything);
	return r;
}

static int build_chain(struct tree *tree, uint32_t chain, const struct prefix *region,
		       struct remaining *left, enum ipmasq_verdict verdict, unsigned int depth)
{
	const struct tree_shape *shape = &tree->shape;
	struct slice slice;
	size_t share;
	int r = 0;

	if (depth > tree->deepest)
		tree->deepest = depth;
	share = left->count / shape->fan_out;
	if (share < shape->leaf)
		share = shape->leaf;
	while (r == 0 && left->count > shape->leaf && depth + 1 < tree->levels &&
	       find_region(left, share, region->len, &slice))
		r = split_off(tree, chain, left, &slice, verdict, depth);
	return r < 0 ? r : write_rest(tree, chain, left, verdict);
}

/* Adds the chain that all MASQUERADE decisions go to, where one takes several rules. */
static int add_masquerade_chain(struct tree *tree)
{
	struct rule any = rule_any(tree->ruleset->family);
	char name[CHAIN_NAME_MAX + 1];
	int r;

	if (tree->ruleset->policy->port_count == 0)
		return 0;
	chain_sub_name(tree->ruleset->policy->chain, tree->ruleset->generation, "ports", name);
	r = add_named(tree, name, &tree->masquerade);
	if (r < 0)
		return r;
	tree->levels--;
	return add_masquerade(tree->ruleset, &tree->ruleset->chains[tree->masquerade], &any);
}

/* Builds the tree of a set, from a chain on that is @depth chains away from the first. */
static int build_from(struct tree *tree, uint32_t chain, const struct minimal_set *set,
		      unsigned int depth)
{
	struct remaining left = { set->prefixes + 1, set->count - 1 };

	tree->shape = tree_shape_for(left.count);
	/* The first prefix of a minimal set is the whole space. */
	return build_chain(tree, chain, &set->prefixes[0].prefix, &left, set->prefixes[0].verdict,
			   depth);
}

/* Adds the root of the tree of destinations, and leads the tree of sources there. */
static int add_pods_chain(struct tree *tree)
{
	struct ipmasq_ruleset *ruleset = tree->ruleset;
	char name[CHAIN_NAME_MAX + 1];
	int r;

	chain_sub_name(ruleset->policy->chain, ruleset->generation, "pods", name);
	r = add_named(tree, name, &ruleset->pods);
	if (r == 0)
		lead_to_pods(ruleset);
	return r;
}

static int build_trees(struct tree *tree, const struct minimal_set *sources,
		       const struct minimal_set *set)
{
	unsigned int levels = tree->levels;
	int r;

	if (minimal_set_is(sources, IPMASQ_RETURN) || minimal_set_is(set, IPMASQ_RETURN))
		return 0;
	if (minimal_set_is(sources, IPMASQ_MASQUERADE))
		return build_from(tree, 0, set, 0);
	tree->by_source = true;
	tree->levels = SOURCE_LEVELS_MAX;
	r = build_from(tree, 0, sources, 0);
	tree->by_source = false;
	tree->levels = levels;
	if (r == 0)
		r = add_pods_chain(tree);
	return r < 0 ? r : build_from(tree, tree->ruleset->pods, set, tree->deepest + 1);
}

static int build_all(struct tree *tree, const struct minimal_set *sources,
		     const struct minimal_set *set)
{
	const char *name = tree->ruleset->policy->chain;
	uint32_t root;
	int r = ruleset_add_chain(tree->ruleset, name, strlen(name), &root);

	if (r == 0)
		r = add_masquerade_chain(tree);
	if (r < 0)
		return r;
	if (sources->count > 0)
		return build_trees(tree, sources, set);
	r = add_source_rules(tree->ruleset);
	return r < 0 ? r : build_from(tree, root, set, 0);
}

/*
 * Measured on a kernel (tests/bench): small leaves are fastest for a new flow; larger ones make
 * fewer chains, whose number decides how long it takes to write and read back a large table.
 */
struct tree_shape tree_shape_for(size_t prefixes)
{
	if (prefixes < 2000)
		return (struct tree_shape){ .fan_out = 3, .leaf = 4 };
	return (struct tree_shape){ .fan_out = 4, .leaf = 8 };
}

int layout_tree(struct ipmasq_ruleset *ruleset)
{
	struct tree tree = { .ruleset = ruleset, .levels = TREE_LEVELS_MAX - ruleset->above };
	bool has_pods = policy_family(ruleset->policy, ruleset->family)->pod_count > 0;
	struct minimal_set sources = { 0 };
	struct minimal_set set = { 0 };
	int r;

	chain_prefix(ruleset->policy->chain, tree.prefix);
	r = minimise_policy(ruleset->policy, ruleset->family, false, false, &set);
	if (r == 0 && has_pods)
		r = minimise_policy(ruleset->policy, ruleset->family, true, false, &sources);
	if (r == 0)
		r = build_all(&tree, &sources, &set);
	minimal_set_release(&sources);
	minimal_set_release(&set);
	chain_index_release(&tree.chains);
	return r;
}
