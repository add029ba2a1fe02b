/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves a ruleset to be the same function of a packet as a policy.
 *
 * The rules are carried out on sets of packets. The boundaries of all rules' destinations cut the
 * address space into cells that no rule tells apart. Walking the chains, each rule decides those of
 * its cells that are still open, a goto hands them to another chain, and what reaches an end
 * returns. The verdicts of the cells are then compared with the policy's partition.
 *
 * What cannot be judged (a match that is not modelled, a source where none belongs) is never taken
 * for equal. So a ruleset that passes is right, whatever made it. The proof shares no code with the
 * layouts.
 */
#include "rules/proof.h"

#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "policy/partition.h"
#include "rules/proof_ports.h"
#include "util/ranges.h"
#include "util/sort.h"

/* A bound for what was read from a kernel; nft (16) and the layouts stay far below it. */
#define DEPTH_MAX 1024

/* How often each rule may be looked at, on average: many chains share the rules for ports. */
#define VISITS_MAX 512

enum cell_verdict { CELL_OPEN, CELL_RETURN, CELL_MASQUERADE };

struct proof {
	const struct ipmasq_ruleset *ruleset;
	/* How many of the ruleset's chains are judged. */
	size_t chains;
	const struct ipmasq_policy *policy;
	bool random_fully;
	/* Of the cells. */
	struct addr *starts;
	/* The next open cell at or after each; a forest with path halving. */
	uint32_t *next;
	uint8_t *verdicts;
	size_t count;
	/* How many leading rules of the first chain match by source. */
	size_t source_rules;
	uint64_t visits_left;
	struct buf why;
};

/* Says why the two differ. The answer is always -EDOM. */
#define DIFFER(proof, ...) (buf_printf(&(proof)->why, __VA_ARGS__), -EDOM)

static uint32_t first_open(struct proof *p, uint32_t cell)
{
	while (p->next[cell] != cell) {
		p->next[cell] = p->next[p->next[cell]];
		cell = p->next[cell];
	}
	return cell;
}

static void decide_cells(struct proof *p, uint32_t low, uint32_t high, enum cell_verdict verdict)
{
	for (uint32_t cell = first_open(p, low); cell < high; cell = first_open(p, cell)) {
		p->verdicts[cell] = (uint8_t)verdict;
		p->next[cell] = cell + 1;
	}
}

/* The number of the cell that starts at @start; every rule's bounds are there. */
static uint32_t cell_at(const struct proof *p, struct addr start)
{
	size_t low = 0;
	size_t high = p->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (addr_compare(p->starts[middle], start) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static void cells_of(const struct proof *p, const struct prefix *dst, uint32_t *low, uint32_t *high)
{
	struct addr after = addr_next(prefix_last(dst));
	bool to_the_end = after.hi == 0 && after.lo == 0;
	uint32_t first = cell_at(p, dst->addr);
	uint32_t end = to_the_end ? (uint32_t)p->count : cell_at(p, after);

	*low = first > *low ? first : *low;
	*high = end < *high ? end : *high;
}

static size_t count_rules(const struct proof *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->chains; i++)
		count += p->ruleset->chains[i].count;
	return count;
}

static struct sort_key *collect_bounds(const struct proof *p, size_t *count)
{
	struct sort_key *keys = calloc(2 * count_rules(p) + 1, sizeof(*keys));
	/* The first is zero, where the space begins. */
	size_t n = 1;

	if (!keys)
		return NULL;
	for (size_t i = 0; i < p->chains; i++) {
		const struct chain *chain = &p->ruleset->chains[i];

		for (size_t j = 0; j < chain->count; j++) {
			const struct prefix *dst = &chain->rules[j].dst;

			if (dst->len == 0)
				continue;
			keys[n++].addr = dst->addr;
			keys[n++].addr = addr_next(prefix_last(dst));
		}
	}
	*count = n;
	return keys;
}

static int build_cells(struct proof *p)
{
	size_t n;
	struct sort_key *keys = collect_bounds(p, &n);

	if (!keys || sort_keys(keys, n) < 0) {
		free(keys);
		return -ENOMEM;
	}
	p->starts = malloc(n * sizeof(*p->starts));
	p->next = malloc((n + 1) * sizeof(*p->next));
	p->verdicts = calloc(n, 1);
	if (!p->starts || !p->next || !p->verdicts) {
		free(keys);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		int order = i ? addr_compare(keys[i - 1].addr, keys[i].addr) : -1;

		/* The proof shares the sorting with others, and so checks its result. */
		if (order > 0) {
			free(keys);
			return DIFFER(p, "the bounds of the rules could not be put in order");
		}
		if (order < 0)
			p->starts[p->count++] = keys[i].addr;
	}
	free(keys);
	for (uint32_t i = 0; i <= p->count; i++)
		p->next[i] = i;
	return 0;
}

static int judge_rule(struct proof *p, const struct chain *chain, size_t index)
{
	const struct rule *rule = &chain->rules[index];

	if (p->visits_left-- == 0)
		return DIFFER(p, "the chains are too tangled to be judged");
	if (rule_is_odd(rule))
		return DIFFER(p, "rule %zu of chain %s has a match or target that is not ours",
			      index + 1, chain->name);
	if (rule->src.len > 0 && (chain != &p->ruleset->chains[0] || index >= p->source_rules))
		return DIFFER(p, "rule %zu of chain %s matches by source, out of its place",
			      index + 1, chain->name);
	if (rule->target == TARGET_MASQUERADE && rule->random_fully != p->random_fully)
		return DIFFER(p, "rule %zu of chain %s %s --random-fully", index + 1, chain->name,
			      rule->random_fully ? "has" : "lacks");
	return 0;
}

static int walk_chain(struct proof *p, uint32_t which, uint32_t low, uint32_t high,
		      unsigned int depth);

static int walk_goto(struct proof *p, const struct rule *rule, uint32_t low, uint32_t high,
		     unsigned int depth)
{
	int r;

	if (first_open(p, low) >= high)
		return 0;
	if (depth == DEPTH_MAX || rule->chain == 0)
		return DIFFER(p, "the chains go round in a circle, or too deep to be judged");
	if (rule->chain >= p->chains)
		return DIFFER(p, "a rule leads to chain %s, which is not one of the policy's",
			      p->ruleset->chains[rule->chain].name);
	r = walk_chain(p, rule->chain, low, high, depth + 1);
	/* There is no way back from a goto: what reaches the end of the other chain returns. */
	if (r == 0)
		decide_cells(p, low, high, CELL_RETURN);
	return r;
}

static int walk_rule(struct proof *p, const struct chain *chain, size_t index, uint32_t low,
		     uint32_t high, struct port_group *group, unsigned int depth)
{
	const struct rule *rule = &chain->rules[index];
	const char *error;
	int r = judge_rule(p, chain, index);

	if (r < 0)
		return r;
	error = port_group_add(group, rule);
	if (error)
		return DIFFER(p, "rule %zu of chain %s %s", index + 1, chain->name, error);
	/* One of several that together masquerade: the last of them decides. */
	if (port_group_pending(group))
		return 0;
	cells_of(p, &rule->dst, &low, &high);
	if (low >= high)
		return 0;
	if (rule->target == TARGET_GOTO)
		return walk_goto(p, rule, low, high, depth);
	decide_cells(p, low, high,
		     rule->target == TARGET_MASQUERADE ? CELL_MASQUERADE : CELL_RETURN);
	return 0;
}

static int walk_chain(struct proof *p, uint32_t which, uint32_t low, uint32_t high,
		      unsigned int depth)
{
	const struct chain *chain = &p->ruleset->chains[which];
	struct port_group group = PORT_GROUP_INIT(p->policy);
	int r = 0;

	for (size_t i = depth ? 0 : p->source_rules; i < chain->count && r == 0; i++)
		r = walk_rule(p, chain, i, low, high, &group, depth);
	if (r == 0 && port_group_pending(&group))
		r = DIFFER(p, "chain %s ends within rules for single protocols", chain->name);
	return r;
}

/* The leading rules "-s CIDR -j RETURN" of the first chain; without -s it is every source. */
static size_t count_source_rules(const struct ipmasq_ruleset *ruleset)
{
	const struct chain *chain = &ruleset->chains[0];
	size_t count = 0;

	while (count < chain->count) {
		const struct rule *rule = &chain->rules[count];

		if (rule_is_odd(rule) || rule->target != TARGET_RETURN || rule->dst.len > 0 ||
		    rule->proto || rule->probability != PROBABILITY_ONE)
			break;
		count++;
	}
	return count;
}

static int say_difference(struct proof *p, struct addr dst, enum cell_verdict got,
			  const struct ipmasq_entry *entry)
{
	char address[PREFIX_TEXT_MAX];
	char cidr[IPMASQ_TEXT_MAX];
	const char *named = entry_cidr(entry, cidr);

	addr_format(p->ruleset->family, dst, address);
	return DIFFER(p, "a packet to %s: the rules say %s, but the policy %s, by %s%s%s", address,
		      got == CELL_MASQUERADE ? "MASQUERADE" : "RETURN",
		      ipmasq_verdict_name(entry->verdict), ipmasq_origin_name(entry->origin),
		      named ? " " : "", named ? named : "");
}

/* Cells and ranges are sorted and cover the space: one walk along both sees every overlap. */
static int compare_destinations(struct proof *p, const struct ipmasq_partition *partition)
{
	const struct policy_family *f = policy_family(p->policy, p->ruleset->family);
	size_t cell = 0;
	size_t range = 0;

	while (cell < p->count && range < partition->count) {
		const struct ipmasq_entry *entry = &f->entries[partition->entries[range]];
		enum cell_verdict got = p->verdicts[cell] == CELL_OPEN ? CELL_RETURN
								       : p->verdicts[cell];
		bool later = addr_compare(p->starts[cell], partition->starts[range]) > 0;
		int order;

		if ((got == CELL_MASQUERADE) != (entry->verdict == IPMASQ_MASQUERADE))
			return say_difference(p, later ? p->starts[cell] : partition->starts[range],
					      got, entry);
		if (cell + 1 == p->count && range + 1 == partition->count)
			break;
		order = cell + 1 == p->count ? 1
			: range + 1 == partition->count
				? -1
				: addr_compare(p->starts[cell + 1], partition->starts[range + 1]);
		cell += order <= 0;
		range += order >= 0;
	}
	return 0;
}

static bool masquerades_some(const struct proof *p)
{
	return memchr(p->verdicts, CELL_MASQUERADE, p->count) != NULL;
}

static bool policy_masquerades_some(const struct policy_family *f,
				    const struct ipmasq_partition *partition)
{
	for (size_t i = 0; i < partition->count; i++)
		if (f->entries[partition->entries[i]].verdict == IPMASQ_MASQUERADE)
			return true;
	return false;
}

/*
 * A source is returned by the rules, by the policy, by both or by neither. Destinations count for
 * the sources that are not returned.
 */
static int compare_packets(struct proof *p, const struct ipmasq_partition *partition,
			   const struct ranges *by_rules, const struct ranges *by_policy)
{
	const struct policy_family *f = policy_family(p->policy, p->ruleset->family);
	char address[PREFIX_TEXT_MAX];
	struct addr source;

	if (ranges_first_outside(by_rules, by_policy, &source) &&
	    policy_masquerades_some(f, partition)) {
		addr_format(p->ruleset->family, source, address);
		return DIFFER(p, "a packet from %s: the rules always return it, the policy not",
			      address);
	}
	if (ranges_first_outside(by_policy, by_rules, &source) && masquerades_some(p)) {
		addr_format(p->ruleset->family, source, address);
		return DIFFER(p, "a packet from %s: the policy always returns it, the rules not",
			      address);
	}
	if (ranges_cover_all(by_rules) || ranges_cover_all(by_policy))
		return 0;
	return compare_destinations(p, partition);
}

static int compare_with_policy(struct proof *p)
{
	const struct policy_family *f = policy_family(p->policy, p->ruleset->family);
	struct ipmasq_partition *partition = NULL;
	struct ranges by_rules = { 0 };
	struct ranges by_policy = { 0 };
	int r = partition_new_unindexed(p->policy, p->ruleset->family, &partition);

	for (size_t i = 0; i < p->source_rules && r == 0; i++)
		r = ranges_add(&by_rules, &p->ruleset->chains[0].rules[i].src);
	for (size_t i = 0; i < f->source_count && r == 0; i++)
		r = ranges_add(&by_policy, &f->entries[i].prefix);
	ranges_unite(&by_rules);
	ranges_unite(&by_policy);
	if (r == 0)
		r = compare_packets(p, partition, &by_rules, &by_policy);
	ranges_release(&by_rules);
	ranges_release(&by_policy);
	ipmasq_partition_free(partition);
	return r;
}

int proof_check(const struct ipmasq_ruleset *ruleset, size_t chains,
		const struct ipmasq_policy *policy, bool random_fully, char **why)
{
	struct proof p = {
		.ruleset = ruleset, .chains = chains, .policy = policy, .random_fully = random_fully
	};
	int r;

	if (chains == 0)
		r = DIFFER(&p, "there is no chain");
	else
		r = build_cells(&p);
	if (r == 0) {
		p.source_rules = count_source_rules(ruleset);
		p.visits_left = VISITS_MAX * (uint64_t)(count_rules(&p) + 1);
		r = walk_chain(&p, 0, 0, (uint32_t)p.count, 0);
	}
	if (r == 0)
		r = compare_with_policy(&p);
	free(p.starts);
	free(p.next);
	free(p.verdicts);
	if (r == -EDOM && why && buf_steal(&p.why, why, NULL) < 0)
		r = -ENOMEM;
	buf_release(&p.why);
	return r;
}

IPMASQ_EXPORT int ipmasq_ruleset_prove(const struct ipmasq_ruleset *ruleset,
				       const struct ipmasq_policy *policy, char **why)
{
	if (!ruleset || !policy)
		return -EINVAL;
	return proof_check(ruleset, ruleset->count, policy, ruleset->random_fully, why);
}
