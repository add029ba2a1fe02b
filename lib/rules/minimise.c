/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the smallest set of prefixes that has the verdicts of a partition.
 *
 * Take the trie of prefixes down to where one verdict holds throughout. With two verdicts, each
 * node of it needs the fewest prefixes inside when it is given RETURN from above, or MASQUERADE, or
 * does as well with either. Where both halves suit some verdict, so does the node. Where they do
 * not, the node suits either, at the cost of one prefix: for the half that does not suit what the
 * node is given, which is known when a node above it suits one verdict only. The result is optimal:
 * Draves, King, Venkatachary, Zill, "Constructing Optimal IP Routing Tables", INFOCOM 1999.
 *
 * The trie is never built. Its finished parts, from left to right, are like the ones of a binary
 * counter: a new part of the size of the last one is its sibling, and both become their parent.
 */
#include "rules/minimise.h"

#include <stdlib.h>

#include "util/prefix_order.h"

#define SUITS(verdict) (1u << (verdict))
#define SUITS_EITHER   (SUITS(IPMASQ_RETURN) | SUITS(IPMASQ_MASQUERADE))

#define NO_CHOICE UINT32_MAX

/*
 * A prefix of the set that is still to be chosen: it or its sibling, whichever the verdict from
 * above does not suit. `next` links choices that get the same verdict from above.
 */
struct choice {
	/* Of the lower one. */
	struct addr addr;
	uint32_t next;
	uint8_t len;
	uint8_t verdict;
};

/* A node of the trie whose prefixes are known, except for open choices. */
struct part {
	struct addr addr;
	unsigned int len;
	unsigned int suits;
	uint32_t first_open;
	uint32_t last_open;
};

struct trie {
	enum ipmasq_family family;
	/* Each is smaller than the one before it. */
	struct part parts[129];
	size_t depth;
	struct choice *choices;
	size_t count;
	size_t capacity;
};

static struct addr flip_bit(struct addr addr, unsigned int number)
{
	if (number < 64)
		addr.hi ^= (uint64_t)1 << (63 - number);
	else
		addr.lo ^= (uint64_t)1 << (127 - number);
	return addr;
}

static enum ipmasq_verdict other_verdict(enum ipmasq_verdict verdict)
{
	return verdict == IPMASQ_RETURN ? IPMASQ_MASQUERADE : IPMASQ_RETURN;
}

/* @verdict comes from above: the prefix is the half that has the other one. */
static void close_choices(struct trie *trie, const struct part *part, enum ipmasq_verdict verdict)
{
	for (uint32_t i = part->first_open; i != NO_CHOICE; i = trie->choices[i].next) {
		struct choice *choice = &trie->choices[i];

		if (choice->verdict == verdict) {
			choice->addr = flip_bit(choice->addr, choice->len - 1u);
			choice->verdict = (uint8_t)other_verdict(verdict);
		}
	}
}

static enum ipmasq_verdict only_verdict(unsigned int suits)
{
	return suits == SUITS(IPMASQ_RETURN) ? IPMASQ_RETURN : IPMASQ_MASQUERADE;
}

/* For two halves that suit different verdicts, and so have no open choice. */
static int open_choice(struct trie *trie, struct part *parent, const struct part *lower)
{
	int r = array_grow(&trie->choices, &trie->capacity, trie->count, sizeof(*trie->choices));

	if (r < 0)
		return r;
	parent->first_open = (uint32_t)trie->count;
	parent->last_open = (uint32_t)trie->count;
	trie->choices[trie->count++] = (struct choice){
		.addr = lower->addr,
		.next = NO_CHOICE,
		.len = (uint8_t)lower->len,
		.verdict = (uint8_t)only_verdict(lower->suits),
	};
	return 0;
}

/* The choices of two parts that suit either verdict get the same one from above. */
static void join_choices(struct trie *trie, struct part *parent, const struct part *lower,
			 const struct part *upper)
{
	parent->first_open = lower->first_open;
	parent->last_open = upper->last_open;
	trie->choices[lower->last_open].next = upper->first_open;
}

/* The last two parts become their parent. */
static int unite_parts(struct trie *trie)
{
	struct part *lower = &trie->parts[trie->depth - 2];
	struct part *upper = lower + 1;
	unsigned int suits = lower->suits & upper->suits;
	struct part parent = { lower->addr, lower->len - 1, suits, NO_CHOICE, NO_CHOICE };
	int r = 0;

	if (suits == 0) {
		parent.suits = SUITS_EITHER;
		r = open_choice(trie, &parent, lower);
	} else if (suits == SUITS_EITHER) {
		join_choices(trie, &parent, lower, upper);
	} else {
		close_choices(trie, lower, only_verdict(suits));
		close_choices(trie, upper, only_verdict(suits));
	}
	*lower = parent;
	trie->depth--;
	return r;
}

static int add_range(struct trie *trie, struct addr first, struct addr last,
		     enum ipmasq_verdict verdict)
{
	struct prefix_split split = { .family = trie->family, .first = first, .last = last };
	struct prefix prefix;

	while (prefix_split_next(&split, &prefix)) {
		trie->parts[trie->depth++] = (struct part){ prefix.addr, prefix.len, SUITS(verdict),
							    NO_CHOICE, NO_CHOICE };
		while (trie->depth > 1 &&
		       trie->parts[trie->depth - 2].len == trie->parts[trie->depth - 1].len) {
			int r = unite_parts(trie);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* One byte per entry: read in random order, whole entries would not fit into a cache. Of sources,
 * those that no entry has get MASQUERADE, since their destinations decide. */
static uint8_t *copy_verdicts(const struct ipmasq_partition *partition)
{
	const struct policy_family *f = policy_family(partition->policy, partition->family);
	uint8_t *verdicts = malloc(f->count);

	for (size_t i = 0; verdicts && i < f->count; i++)
		verdicts[i] = f->entries[i].verdict;
	if (verdicts && partition->sources)
		verdicts[f->source_count] = IPMASQ_MASQUERADE;
	return verdicts;
}

/* Ranges of one verdict, side by side, are one. */
static int add_partition(struct trie *trie, const struct ipmasq_partition *partition)
{
	const uint32_t *entries = partition->entries;
	uint8_t *verdicts = copy_verdicts(partition);
	size_t i = 0;
	int r = verdicts ? 0 : -ENOMEM;

	while (r == 0 && i < partition->count) {
		enum ipmasq_verdict verdict = verdicts[entries[i]];
		struct addr first = partition->starts[i];

		while (++i < partition->count && verdicts[entries[i]] == verdict)
			;
		r = add_range(trie, first, partition_last(partition, i - 1), verdict);
	}
	free(verdicts);
	return r;
}

/* The number of each prefix is its verdict. */
static int sort_choices(const struct trie *trie, struct prefix_order *order)
{
	int r = prefix_order_init(order, trie->family, trie->count + 2);

	if (r < 0)
		return r;
	for (size_t i = 0; i < trie->count; i++) {
		const struct choice *choice = &trie->choices[i];
		struct prefix prefix = { choice->addr, choice->len, (uint8_t)trie->family };

		prefix_order_add(order, &prefix, choice->verdict);
	}
	return prefix_order_sort(order);
}

static int make_set(const struct trie *trie, enum ipmasq_verdict verdict, struct minimal_set *set)
{
	struct prefix_order order;
	int r = sort_choices(trie, &order);

	if (r == 0) {
		set->prefixes = malloc((trie->count + 1) * sizeof(*set->prefixes));
		r = set->prefixes ? 0 : -ENOMEM;
	}
	if (r == 0) {
		set->prefixes[0].prefix = (struct prefix){ .family = (uint8_t)trie->family };
		set->prefixes[0].verdict = (uint8_t)verdict;
		for (size_t i = 0; i < order.count; i++) {
			struct minimal_prefix *made = &set->prefixes[i + 1];

			made->verdict = (uint8_t)prefix_order_get(&order, i, &made->prefix);
		}
		set->count = order.count + 1;
	}
	prefix_order_release(&order);
	return r;
}

int minimise(const struct ipmasq_partition *partition, struct minimal_set *set)
{
	struct trie trie = { .family = partition->family };
	int r;

	*set = (struct minimal_set){ 0 };
	r = add_partition(&trie, partition);
	if (r == 0) {
		/* Where either does, RETURN, which takes no rule at the end of a chain. */
		enum ipmasq_verdict verdict = trie.parts[0].suits & SUITS(IPMASQ_RETURN)
						      ? IPMASQ_RETURN
						      : IPMASQ_MASQUERADE;

		close_choices(&trie, &trie.parts[0], verdict);
		r = make_set(&trie, verdict, set);
	}
	free(trie.choices);
	return r;
}

/* The first address of prefix number @index that no prefix inside it has. */
static struct addr first_own_address(const struct minimal_set *set, size_t index)
{
	const struct prefix *outer = &set->prefixes[index].prefix;
	struct addr address = outer->addr;

	for (size_t i = index + 1; i < set->count; i++) {
		const struct prefix *inner = &set->prefixes[i].prefix;
		struct addr last = prefix_last(inner);

		if (!prefix_covers(outer, inner) || addr_compare(address, inner->addr) < 0)
			break;
		if (addr_compare(address, last) <= 0)
			address = addr_next(last);
	}
	return address;
}

/* The range that has the address. */
static size_t range_of(const struct ipmasq_partition *partition, struct addr address)
{
	size_t low = 0;
	size_t high = partition->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (addr_compare(partition->starts[middle], address) <= 0)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void trace_entries(struct minimal_set *set, const struct ipmasq_partition *partition)
{
	for (size_t i = 0; i < set->count; i++) {
		size_t range = range_of(partition, first_own_address(set, i));

		set->prefixes[i].entry = partition->entries[range];
	}
}

int minimise_policy(const struct ipmasq_policy *policy, enum ipmasq_family family, bool sources,
		    bool trace, struct minimal_set *set)
{
	struct ipmasq_partition *partition = NULL;
	int r = sources ? partition_new_sources(policy, family, &partition)
			: partition_new_unindexed(policy, family, &partition);

	if (r == 0)
		r = minimise(partition, set);
	if (r == 0 && trace)
		trace_entries(set, partition);
	ipmasq_partition_free(partition);
	return r;
}

void minimal_set_release(struct minimal_set *set)
{
	free(set->prefixes);
	*set = (struct minimal_set){ 0 };
}
