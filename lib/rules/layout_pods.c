/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods come one by one, and rules that are deleted cost more than all else: a program that deletes
 * some waits until the kernel let go of them. So here a chain is not made from what is best for all
 * sources together, as in layout_tree.c, but grows:
 *
 * - Addresses that differ in the last bits alone are a group, which has a chain from the first on.
 *   So that addresses given one after the other, as most are, delete nothing.
 * - From the longest regions to the shortest, one with more than so many groups and chains gets a
 *   chain of its own, which counts as one from there on. Then those rules move, and nothing else.
 * - A chain that was there stays, until few are left in it.
 */
#include "rules/layout_pods.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "rules/chain_index.h"
#include "rules/chain_name.h"
#include "rules/layout_sources.h"
#include "rules/layout_tree.h"

#define GROUP_BITS 4

/* Of a region that gets a chain: more than the one, and of one that keeps it, more than the other.
 * At 32, about one in 25 moves others where addresses lie anywhere, and 500 meet 30 rules each. */
#define CHAIN_FROM 32
#define CHAIN_STAY 8

/* Between the root and the chain of a group. */
#define HEIGHT_MAX (SOURCE_LEVELS_MAX - 2)

struct tree {
	struct ipmasq_ruleset *ruleset;
	/* Of the ruleset. */
	struct chain_index names;
	char prefix[CHAIN_PREFIX_MAX];
	/* Groups, and the chains that they went into, in ascending order. */
	struct pod_source *items;
	/* The regions that have a chain in what was read. */
	struct prefix *seen;
	size_t seen_count;
	size_t seen_capacity;
};

static int add_rules(struct tree *tree, uint32_t chain, const struct pod_source *sources,
		     size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		struct rule rule = rule_for_prefix(&sources[i].prefix, true);

		rule.target = TARGET_GOTO;
		rule.chain = sources[i].chain;
		rule.entry = sources[i].label;
		r = chain_add_rule(&tree->ruleset->chains[chain], &rule);
	}
	return r;
}

/* A chain for sources; @item is the rule that leads there. */
static int add_region(struct tree *tree, const struct prefix *region,
		      const struct pod_source *sources, size_t count, struct pod_source *item)
{
	struct pod_source made = { .prefix = *region, .label = RULE_NO_ENTRY };
	int r = chain_add_region(tree->ruleset, &tree->names, tree->prefix, true, region,
				 &made.chain);

	if (r == 0)
		r = add_rules(tree, made.chain, sources, count);
	/* It may be one of them. */
	*item = made;
	return r;
}

static struct prefix group_of(const struct pod_source *source)
{
	struct prefix region = source->prefix;

	region.len -= GROUP_BITS;
	/* Without the bits behind it. */
	return prefix_common(&region, &region);
}

static int add_groups(struct tree *tree, const struct pod_source *sources, size_t count,
		      size_t *groups)
{
	size_t end;
	int r = 0;

	*groups = 0;
	for (size_t begin = 0; begin < count && r == 0; begin = end) {
		struct prefix region = group_of(&sources[begin]);

		for (end = begin + 1; end < count; end++)
			if (!prefix_covers(&region, &sources[end].prefix))
				break;
		r = add_region(tree, &region, &sources[begin], end - begin,
			       &tree->items[(*groups)++]);
	}
	return r;
}

/* One that was there for the same sources: around them, and around nothing else inside of a region
 * that is @outer bits long. NULL: none. */
static const struct prefix *find_seen(const struct tree *tree, const struct prefix *region,
				      unsigned int outer)
{
	for (size_t i = 0; i < tree->seen_count; i++)
		if (tree->seen[i].len > outer && prefix_covers(&tree->seen[i], region))
			return &tree->seen[i];
	return NULL;
}

/* How many of the items are in the upper half of a region, which lie there from @begin to @end. */
static size_t upper_half(const struct tree *tree, const struct prefix *region, size_t begin,
			 size_t end)
{
	return end - begin -
	       addr_first_from(tree->items + begin, end - begin, sizeof(*tree->items),
			       offsetof(struct pod_source, prefix.addr), prefix_middle(region));
}

/* Of items from one on. */
struct gathered {
	size_t count;
	/* How many chains are on the longest way through them. */
	unsigned int height;
};

/* Moves items into chains where they are many; those that are left come first. @outer: how long the
 * prefix of these items and others is. */
static int gather(struct tree *tree, size_t begin, size_t end, unsigned int outer,
		  struct gathered *all)
{
	struct pod_source *items = tree->items + begin;
	struct gathered upper = { 0 };
	const struct prefix *seen;
	struct prefix region;
	size_t middle;
	int r;

	*all = (struct gathered){ .count = end - begin };
	if (all->count < 2)
		return 0;
	region = prefix_common(&items[0].prefix, &items[all->count - 1].prefix);
	middle = end - upper_half(tree, &region, begin, end);
	r = gather(tree, begin, middle, region.len, all);
	if (r == 0)
		r = gather(tree, middle, end, region.len, &upper);
	if (r < 0)
		return r;
	memmove(items + all->count, tree->items + middle, upper.count * sizeof(*items));
	all->count += upper.count;
	all->height = upper.height > all->height ? upper.height : all->height;
	seen = find_seen(tree, &region, outer);
	if (all->height == HEIGHT_MAX || all->count <= (seen ? CHAIN_STAY : CHAIN_FROM))
		return 0;
	r = add_region(tree, seen ? seen : &region, items, all->count, items);
	*all = (struct gathered){ .count = 1, .height = all->height + 1 };
	return r;
}

/* The regions that have a chain, but for groups. */
static int read_regions(struct tree *tree, const struct ipmasq_ruleset *seen)
{
	unsigned int bits = family_bits(tree->ruleset->family) - GROUP_BITS;
	int r = 0;

	for (size_t i = 0; i < seen->count; i++)
		for (size_t j = 0; j < seen->chains[i].count && r == 0; j++) {
			const struct rule *rule = &seen->chains[i].rules[j];

			if (rule->target != TARGET_GOTO || rule->src.len == 0 ||
			    rule->src.len >= bits)
				continue;
			r = array_grow(&tree->seen, &tree->seen_capacity, tree->seen_count,
				       sizeof(*tree->seen));
			if (r == 0)
				tree->seen[tree->seen_count++] = rule->src;
		}
	return r;
}

static int build(struct tree *tree, const struct pod_source *sources, size_t count,
		 const struct ipmasq_ruleset *seen)
{
	struct gathered all;
	size_t groups;
	int r = chain_index_update(&tree->names, tree->ruleset);

	if (r == 0)
		r = read_regions(tree, seen);
	if (r == 0)
		r = add_groups(tree, sources, count, &groups);
	if (r == 0)
		r = gather(tree, 0, groups, 0, &all);
	return r < 0 ? r : add_rules(tree, 0, tree->items, all.count);
}

int layout_pods(struct ipmasq_ruleset *ruleset, const struct pod_source *sources, size_t count,
		const struct ipmasq_ruleset *seen)
{
	struct tree tree = {
		.ruleset = ruleset,
		.items = calloc(count + 1, sizeof(*tree.items)),
	};
	int r = -ENOMEM;

	chain_prefix(ruleset->chains[0].name, tree.prefix);
	if (tree.items)
		r = build(&tree, sources, count, seen);
	free(tree.items);
	free(tree.seen);
	chain_index_release(&tree.names);
	return r;
}
