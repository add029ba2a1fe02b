/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is the smallest set of prefixes that says what a partition says?
 *
 * Take the trie of prefixes down to where one verdict holds throughout. With two verdicts, each
 * node of it needs the fewest prefixes inside when it is given RETURN from above, or MASQUERADE, or
 * does as well with either. One pass finds that from the leaves up; a second one hands verdicts
 * down, and writes a prefix where what comes from above does not suit. The result is optimal:
 * Draves, King, Venkatachary, Zill, "Constructing Optimal IP Routing Tables", INFOCOM 1999.
 */
#include "minimise.h"

#include <stdlib.h>

#define SUITS(verdict) (1u << (verdict))

/* From here on this verdict holds; neighbours differ. */
struct edge {
	struct addr start;
	enum ipmasq_verdict verdict;
};

struct trie {
	struct edge *edges;
	size_t edge_count;
	size_t edge; /* the one that holds the address where the pass is */
	uint8_t *suits; /* of the nodes, in the order in which both passes visit them */
	size_t count;
	size_t capacity;
	struct minimal_set *set;
};

static int collect_edges(const struct ipmasq_partition *partition, struct trie *trie)
{
	const struct ipmasq_entry *entries =
		policy_family(partition->policy, partition->family)->entries;

	trie->edges = malloc(partition->count * sizeof(*trie->edges));
	if (!trie->edges)
		return -ENOMEM;
	for (size_t i = 0; i < partition->count; i++) {
		enum ipmasq_verdict verdict = entries[partition->entries[i]].verdict;

		if (i == 0 || trie->edges[trie->edge_count - 1].verdict != verdict)
			trie->edges[trie->edge_count++] =
				(struct edge){ partition->starts[i], verdict };
	}
	return 0;
}

/* Moves on to the edge that holds the first address of @prefix: both passes go in their order. */
static const struct edge *edge_of(struct trie *trie, const struct prefix *prefix)
{
	if (trie->edge + 1 < trie->edge_count &&
	    addr_compare(trie->edges[trie->edge + 1].start, prefix->addr) <= 0)
		trie->edge++;
	return &trie->edges[trie->edge];
}

static bool is_uniform(const struct trie *trie, const struct prefix *prefix)
{
	return trie->edge + 1 == trie->edge_count ||
	       addr_compare(trie->edges[trie->edge + 1].start, prefix_last(prefix)) > 0;
}

static struct prefix half(const struct prefix *prefix, bool upper)
{
	struct prefix child = *prefix;

	if (upper && child.len < 64)
		child.addr.hi |= (uint64_t)1 << (63 - child.len);
	else if (upper)
		child.addr.lo |= (uint64_t)1 << (127 - child.len);
	child.len++;
	return child;
}

static int find_suits(struct trie *trie, const struct prefix *prefix)
{
	size_t node = trie->count;
	enum ipmasq_verdict verdict = edge_of(trie, prefix)->verdict;
	struct prefix lower;
	struct prefix upper;
	size_t right;
	unsigned int both;
	int r = array_grow(&trie->suits, &trie->capacity, trie->count, sizeof(*trie->suits));

	if (r < 0)
		return r;
	trie->count++;
	if (is_uniform(trie, prefix)) {
		trie->suits[node] = SUITS(verdict);
		return 0;
	}
	lower = half(prefix, false);
	upper = half(prefix, true);
	r = find_suits(trie, &lower);
	right = trie->count;
	if (r == 0)
		r = find_suits(trie, &upper);
	if (r < 0)
		return r;
	both = trie->suits[node + 1] & trie->suits[right];
	trie->suits[node] = (uint8_t)(both ? both : trie->suits[node + 1] | trie->suits[right]);
	return 0;
}

static int emit(struct trie *trie, const struct prefix *prefix, enum ipmasq_verdict verdict)
{
	struct minimal_set *set = trie->set;
	int r = array_grow(&set->prefixes, &set->capacity, set->count, sizeof(*set->prefixes));

	if (r == 0)
		set->prefixes[set->count++] = (struct minimal_prefix){ *prefix, (uint8_t)verdict };
	return r;
}

static int hand_down(struct trie *trie, const struct prefix *prefix, enum ipmasq_verdict verdict)
{
	unsigned int suits = trie->suits[trie->count++];
	struct prefix lower;
	struct prefix upper;
	int r = 0;

	edge_of(trie, prefix);
	if (prefix->len == 0 || !(suits & SUITS(verdict))) {
		verdict = suits & SUITS(verdict)     ? verdict
			  : verdict == IPMASQ_RETURN ? IPMASQ_MASQUERADE
						     : IPMASQ_RETURN;
		r = emit(trie, prefix, verdict);
	}
	if (r < 0 || is_uniform(trie, prefix))
		return r;
	lower = half(prefix, false);
	upper = half(prefix, true);
	r = hand_down(trie, &lower, verdict);
	return r < 0 ? r : hand_down(trie, &upper, verdict);
}

int minimise(const struct ipmasq_partition *partition, struct minimal_set *set)
{
	const struct prefix everything = { { 0, 0 }, 0, (uint8_t)partition->family };
	struct trie trie = { .set = set };
	int r;

	*set = (struct minimal_set){ 0 };
	r = collect_edges(partition, &trie);
	if (r == 0)
		r = find_suits(&trie, &everything);
	if (r == 0) {
		trie.edge = 0;
		trie.count = 0;
		/* To return takes no rule at the end of a chain, so with either, it is that. */
		r = hand_down(&trie, &everything, IPMASQ_RETURN);
	}
	free(trie.edges);
	free(trie.suits);
	if (r < 0)
		minimal_set_release(set);
	return r;
}

void minimal_set_release(struct minimal_set *set)
{
	free(set->prefixes);
	*set = (struct minimal_set){ 0 };
}
