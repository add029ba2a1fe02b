/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves a ruleset to be the same function of a packet as a policy.
 *
 * The rules are carried out on sets of packets. The boundaries of all rules, and of the policy's
 * entries for sources, cut the sources and the destinations into cells that neither tells apart. A
 * first walk takes the sources through the rules that look at nothing else, by which each of them
 * returns, or arrives at the first rule of some chain that looks at more. All sources that arrive
 * at the same chain are one group. From there a second walk takes the destinations through the
 * chains: each rule decides those of its cells that are still open, a goto hands them to another
 * chain, and what reaches an end returns. Where a rule on that way looks at sources as well, the
 * walk is done for each cell of the group by itself. The verdicts are then compared with the
 * policy's.
 *
 * What cannot be judged (a match that is not modelled, chains in a circle) is never taken for
 * equal. So a ruleset that passes is right, whatever made it. The proof shares no code with the
 * layouts.
 */
#include "rules/proof.h"

#include <stdlib.h>
#include <string.h>

#include "rules/proof_compare.h"
#include "rules/proof_ports.h"

/* A bound for what was read from a kernel; nft (16) and the layouts stay far below it. */
#define DEPTH_MAX 1024

/* How often each rule may be looked at, on average: many chains share the rules for ports. */
#define VISITS_MAX 512

static void decide_cells(struct proof *p, uint32_t low, uint32_t high, enum cell_verdict verdict)
{
	while (axis_take(&p->destinations, &low, high))
		p->verdicts[low] = (uint8_t)verdict;
}

static size_t count_rules(const struct proof *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->chains; i++)
		count += p->ruleset->chains[i].count;
	return count;
}

/* How many prefixes of sources there are. */
static size_t count_sources(const struct proof *p)
{
	size_t count = p->family->source_count + p->family->pod_count;

	for (size_t i = 0; i < p->chains; i++) {
		const struct chain *chain = &p->ruleset->chains[i];

		for (size_t j = 0; j < chain->count; j++)
			count += chain->rules[j].src.len > 0;
	}
	return count;
}

static void add_bounds(struct proof *p)
{
	for (size_t i = 0; i < p->chains; i++) {
		const struct chain *chain = &p->ruleset->chains[i];

		for (size_t j = 0; j < chain->count; j++) {
			axis_add(&p->destinations, &chain->rules[j].dst);
			axis_add(&p->sources, &chain->rules[j].src);
		}
	}
	for (size_t i = 0; i < p->family->source_count; i++)
		axis_add(&p->sources, &p->family->entries[i].prefix);
	for (size_t i = 0; i < p->family->pod_count; i++)
		axis_add(&p->sources, &policy_pods(p->family)[i].prefix);
}

static int cut_axis(struct proof *p, struct axis *axis)
{
	int r = axis_cut(axis);

	return r == -EDOM ? DIFFER(p, "the bounds of the rules could not be put in order") : r;
}

static int build_cells(struct proof *p)
{
	int r = axis_init(&p->destinations, count_rules(p));

	if (r == 0)
		r = axis_init(&p->sources, count_sources(p));
	if (r < 0)
		return r;
	r = runs_find(p->ruleset, p->chains, &p->runs);
	if (r < 0)
		return r;
	add_bounds(p);
	r = cut_axis(p, &p->destinations);
	if (r == 0)
		r = cut_axis(p, &p->sources);
	if (r < 0)
		return r;
	p->verdicts = malloc(p->destinations.count);
	p->kept = malloc(p->sources.count * sizeof(*p->kept));
	p->groups = malloc((p->chains + 1) * sizeof(*p->groups));
	p->same_group = malloc(p->sources.count * sizeof(*p->same_group));
	if (!p->verdicts || !p->kept || !p->groups || !p->same_group)
		return -ENOMEM;
	memset(p->groups, 0xff, (p->chains + 1) * sizeof(*p->groups));
	return 0;
}

/* Marks the cells of sources that a prefix has, and that are still open. */
static void mark_sources(struct proof *p, const struct prefix *prefix, bool kept)
{
	uint32_t low = 0;
	uint32_t high = (uint32_t)p->sources.count;

	for (axis_narrow(&p->sources, prefix, &low, &high); axis_take(&p->sources, &low, high);)
		p->kept[low] = kept;
}

/* Works out for which sources the policy leaves the verdict to the destination. */
static void find_kept(struct proof *p)
{
	const struct policy_family *f = p->family;

	memset(p->kept, f->pod_count == 0, p->sources.count * sizeof(*p->kept));
	for (size_t i = 0; i < f->pod_count; i++)
		mark_sources(p, &policy_pods(f)[i].prefix, true);
	axis_open(&p->sources);
	for (size_t i = policy_first_source(f); i < f->source_count; i++)
		mark_sources(p, &f->entries[i].prefix, false);
	axis_open(&p->sources);
}

/* Whether a rule looks at sources only. */
static bool is_for_sources(const struct rule *rule)
{
	return !rule_is_odd(rule) && rule->dst.len == 0 && !rule->proto &&
	       rule->probability == PROBABILITY_ONE &&
	       (rule->target == TARGET_RETURN || rule->target == TARGET_GOTO);
}

static void group_sources(struct proof *p, size_t group, uint32_t low, uint32_t high)
{
	while (axis_take(&p->sources, &low, high)) {
		p->same_group[low] = p->groups[group];
		p->groups[group] = low;
	}
}

static int check_goto(struct proof *p, const struct rule *rule, unsigned int depth)
{
	if (depth == DEPTH_MAX || rule->chain == 0)
		return DIFFER(p, "the chains go round in a circle, or too deep to be judged");
	if (rule->chain >= p->chains)
		return DIFFER(p, "a rule leads to chain %s, which is not one of the policy's",
			      p->ruleset->chains[rule->chain].name);
	return 0;
}

static int visit(struct proof *p)
{
	return p->visits_left-- == 0 ? DIFFER(p, "the chains are too tangled to be judged") : 0;
}

/* Takes the open ones of some sources through a chain, up to a rule that is not for sources only.
 * What reaches the end of the chain returns. */
static int walk_sources(struct proof *p, uint32_t which, uint32_t from, uint32_t to,
			unsigned int depth)
{
	const struct chain *chain = &p->ruleset->chains[which];
	int r = 0;

	for (size_t i = 0; i < chain->count && r == 0 && axis_has_open(&p->sources, from, to);
	     i++) {
		const struct rule *rule = &chain->rules[i];
		uint32_t low = from;
		uint32_t high = to;

		if (!is_for_sources(rule)) {
			group_sources(p, which, from, to);
			return 0;
		}
		r = visit(p);
		axis_narrow(&p->sources, &rule->src, &low, &high);
		if (r < 0 || low >= high || !axis_has_open(&p->sources, low, high))
			continue;
		if (rule->target == TARGET_GOTO) {
			r = check_goto(p, rule, depth);
			if (r == 0)
				r = walk_sources(p, rule->chain, low, high, depth + 1);
		} else {
			group_sources(p, p->chains, low, high);
		}
	}
	if (r == 0)
		group_sources(p, p->chains, from, to);
	return r;
}

/* Whether the sources that walk match a rule. */
static bool has_walker(struct proof *p, const struct rule *rule)
{
	if (rule->src.len == 0)
		return true;
	p->by_source = true;
	return prefix_has(&rule->src, p->sources.starts[p->walker]);
}

static int judge_rule(struct proof *p, const struct chain *chain, size_t index)
{
	const struct rule *rule = &chain->rules[index];
	int r = visit(p);

	if (r < 0)
		return r;
	if (rule_is_odd(rule))
		return DIFFER(p, "rule %zu of chain %s has a match or target that is not ours",
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

	if (!axis_has_open(&p->destinations, low, high))
		return 0;
	r = check_goto(p, rule, depth);
	if (r == 0)
		r = walk_chain(p, rule->chain, low, high, depth + 1);
	/* There is no way back from a goto: what reaches the end of the other chain returns. */
	if (r == 0)
		decide_cells(p, low, high, CELL_RETURN);
	return r;
}

/* @from: the first cell that may match; it moves behind those that do. */
static int walk_rule(struct proof *p, const struct chain *chain, size_t index, uint32_t *from,
		     uint32_t high, struct port_group *group, unsigned int depth)
{
	const struct rule *rule = &chain->rules[index];
	uint32_t low = *from;
	const char *error;
	int r = judge_rule(p, chain, index);

	if (r < 0 || !has_walker(p, rule))
		return r;
	error = port_group_add(group, rule);
	if (error)
		return DIFFER(p, "rule %zu of chain %s %s", index + 1, chain->name, error);
	/* One of several that together masquerade: the last of them decides. */
	if (port_group_pending(group))
		return 0;
	axis_narrow(&p->destinations, &rule->dst, &low, &high);
	if (low >= high)
		return 0;
	*from = high;
	if (rule->target == TARGET_GOTO)
		return walk_goto(p, rule, low, high, depth);
	decide_cells(p, low, high,
		     rule->target == TARGET_MASQUERADE ? CELL_MASQUERADE : CELL_RETURN);
	return 0;
}

/* The last address of the cells before @high. */
static struct addr last_before(const struct axis *axis, uint32_t high)
{
	const struct addr none = { 0, 0 };

	return addr_previous(high < axis->count ? axis->starts[high] : none);
}

static int walk_chain(struct proof *p, uint32_t which, uint32_t low, uint32_t high,
		      unsigned int depth)
{
	const struct chain *chain = &p->ruleset->chains[which];
	struct port_group group = PORT_GROUP_INIT(p->policy);
	const struct addr first = p->destinations.starts[low];
	const struct addr last = last_before(&p->destinations, high);
	uint32_t from = low;
	/* Where the run ends that the last rule is in. */
	size_t end = 0;
	size_t i = 0;
	int r = 0;

	/* The sources of a group have been through these. */
	while (depth == 0 && i < chain->count && is_for_sources(&chain->rules[i]))
		i++;
	for (; i < chain->count && r == 0; i++) {
		if (i >= end && !port_group_pending(&group))
			i = runs_skip(&p->runs, p->ruleset, which, i, first, last);
		if (i == chain->count)
			break;
		if (i >= end) {
			end = run_end(&p->runs, which, i);
			from = low;
		}
		/* What remains of a run lies behind. */
		if (end > i + 1 && addr_compare(chain->rules[i].dst.addr, last) > 0)
			i = end - 1;
		else
			r = walk_rule(p, chain, i, &from, high, &group, depth);
	}
	if (r == 0 && port_group_pending(&group))
		r = DIFFER(p, "chain %s ends within rules for single protocols", chain->name);
	return r;
}

/* Takes the destinations through the chains, for the sources of a cell. */
static int walk_destinations(struct proof *p, uint32_t chain, uint32_t walker)
{
	p->walker = walker;
	memset(p->verdicts, CELL_OPEN, p->destinations.count);
	axis_open(&p->destinations);
	return walk_chain(p, chain, 0, (uint32_t)p->destinations.count, 0);
}

static int judge_group(struct proof *p, uint32_t chain, const struct ipmasq_partition *partition)
{
	uint32_t cell = p->groups[chain];
	int r;

	if (cell == NO_CELL)
		return 0;
	p->by_source = false;
	r = walk_destinations(p, chain, cell);
	if (r < 0)
		return r;
	if (!p->by_source)
		return proof_compare(p, proof_find_cell(p, cell, true),
				     proof_find_cell(p, cell, false), partition);
	for (; cell != NO_CELL && r == 0; cell = p->same_group[cell]) {
		r = walk_destinations(p, chain, cell);
		if (r == 0)
			r = proof_compare(p, p->kept[cell] ? cell : NO_CELL,
					  p->kept[cell] ? NO_CELL : cell, partition);
	}
	return r;
}

/* Of sources that the rules return, the policy must masquerade nothing. */
static int judge_returned(struct proof *p, const struct ipmasq_partition *partition)
{
	uint32_t source = proof_find_cell(p, p->groups[p->chains], true);

	if (source == NO_CELL || !proof_policy_masquerades(p, partition))
		return 0;
	/* Where no source differs from others, a destination says more. */
	if (p->sources.count > 1)
		return proof_say_source(p, source, "the rules always return it, the policy not");
	memset(p->verdicts, CELL_RETURN, p->destinations.count);
	return proof_compare(p, source, NO_CELL, partition);
}

static int judge_sources(struct proof *p, const struct ipmasq_partition *partition)
{
	int r = judge_returned(p, partition);

	for (uint32_t chain = 0; chain < p->chains && r == 0; chain++)
		r = judge_group(p, chain, partition);
	return r;
}

static int judge(struct proof *p)
{
	struct ipmasq_partition *partition = NULL;
	int r = build_cells(p);

	if (r < 0)
		return r;
	p->visits_left = VISITS_MAX * (uint64_t)(count_rules(p) + 1);
	find_kept(p);
	r = walk_sources(p, 0, 0, (uint32_t)p->sources.count, 0);
	if (r == 0)
		r = partition_new_unindexed(p->policy, p->ruleset->family, &partition);
	if (r == 0)
		r = judge_sources(p, partition);
	ipmasq_partition_free(partition);
	return r;
}

int proof_check(const struct ipmasq_ruleset *ruleset, size_t chains,
		const struct ipmasq_policy *policy, bool random_fully, char **why)
{
	struct proof p = {
		.ruleset = ruleset,
		.chains = chains,
		.policy = policy,
		.family = policy_family(policy, ruleset->family),
		.random_fully = random_fully,
	};
	int r = chains == 0 ? DIFFER(&p, "there is no chain") : judge(&p);

	runs_release(&p.runs);
	axis_release(&p.sources);
	axis_release(&p.destinations);
	free(p.kept);
	free(p.verdicts);
	free(p.groups);
	free(p.same_group);
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
