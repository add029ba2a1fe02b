/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves where sources get to.
 *
 * The bounds of the rules on the way and the sources of the pods cut the address space into cells
 * that no rule tells apart. The rules are carried out on these: each takes those of its cells that
 * are still open, a goto hands them to the next chain, and what reaches an end returns. The proof
 * shares no code with what makes the rules.
 */
#include "rules/proof_pods.h"

#include <stdlib.h>
#include <string.h>

#include "rules/proof_axis.h"
#include "util/buf.h"

/* Far above what nft allows and what layouts make. */
#define DEPTH_MAX 64

/* Where a cell gets to that returns. */
#define NOWHERE 0

struct ways {
	const struct ipmasq_ruleset *ruleset;
	/* By chain: it is where a way ends. */
	bool *is_end;
	/* By chain: it was walked, as a chain on the way. Each may be, once. */
	bool *is_walked;
	struct axis sources;
	/* By cell: the chain. */
	uint32_t *arrived;
	struct buf why;
};

#define DIFFER(p, ...) (buf_printf(&(p)->why, __VA_ARGS__), -EDOM)

static bool is_for_sources(const struct rule *rule)
{
	return !rule_is_odd(rule) && rule->dst.len == 0 && !rule->proto &&
	       rule->probability == PROBABILITY_ONE &&
	       (rule->target == TARGET_RETURN || rule->target == TARGET_GOTO);
}

static void arrive(struct ways *p, uint32_t chain, uint32_t low, uint32_t high)
{
	while (axis_take(&p->sources, &low, high))
		p->arrived[low] = chain;
}

static int walk(struct ways *p, uint32_t which, uint32_t from, uint32_t to, unsigned int depth)
{
	const struct chain *chain = &p->ruleset->chains[which];
	int r = 0;

	if (depth == DEPTH_MAX || p->is_walked[which])
		return DIFFER(p,
			      "several rules lead to chain %s, or the chains go round in a circle",
			      chain->name);
	p->is_walked[which] = true;
	for (size_t i = 0; i < chain->count && r == 0; i++) {
		const struct rule *rule = &chain->rules[i];
		uint32_t low = from;
		uint32_t high = to;

		if (!is_for_sources(rule))
			return DIFFER(p,
				      "rule %zu of chain %s looks at more than sources, or is "
				      "not ours",
				      i + 1, chain->name);
		axis_narrow(&p->sources, &rule->src, &low, &high);
		if (low >= high)
			continue;
		if (rule->target == TARGET_RETURN)
			arrive(p, NOWHERE, low, high);
		else if (p->is_end[rule->chain])
			arrive(p, rule->chain, low, high);
		else
			r = walk(p, rule->chain, low, high, depth + 1);
	}
	if (r == 0)
		arrive(p, NOWHERE, from, to);
	return r;
}

/* The chain that a cell is to get to; the cells are walked in order, and @at with them. */
static uint32_t wanted(const struct ways *p, uint32_t cell, const struct pod_way *ways,
		       size_t count, size_t *at)
{
	struct addr start = p->sources.starts[cell];

	while (*at < count && addr_compare(ways[*at].source, start) < 0)
		++*at;
	return *at < count && addr_equal(ways[*at].source, start) ? ways[*at].chain : NOWHERE;
}

static int compare(struct ways *p, const struct pod_way *ways, size_t count)
{
	size_t at = 0;

	for (uint32_t cell = 0; cell < p->sources.count; cell++) {
		uint32_t right = wanted(p, cell, ways, count, &at);
		char text[PREFIX_TEXT_MAX];

		if (p->arrived[cell] == right)
			continue;
		addr_format(p->ruleset->family, p->sources.starts[cell], text);
		return DIFFER(p, "a packet from %s gets to %s%s, and should to %s%s", text,
			      p->arrived[cell] ? "chain " : "no network",
			      p->arrived[cell] ? p->ruleset->chains[p->arrived[cell]].name : "",
			      right ? "chain " : "none",
			      right ? p->ruleset->chains[right].name : "");
	}
	return 0;
}

static struct prefix host(const struct ways *p, struct addr source)
{
	return (struct prefix){ .family = (uint8_t)p->ruleset->family,
				.addr = source,
				.len = (uint8_t)family_bits(p->ruleset->family) };
}

/* All chains are cut by, also those that are not on the way: more cells do no harm. */
static int cut(struct ways *p, const struct pod_way *ways, size_t count)
{
	size_t prefixes = count;
	int r;

	for (size_t i = 0; i < p->ruleset->count; i++)
		prefixes += p->is_end[i] ? 0 : p->ruleset->chains[i].count;
	r = axis_init(&p->sources, prefixes);
	for (size_t i = 0; i < p->ruleset->count && r == 0; i++)
		for (size_t j = 0; j < p->ruleset->chains[i].count && !p->is_end[i]; j++)
			axis_add(&p->sources, &p->ruleset->chains[i].rules[j].src);
	for (size_t i = 0; i < count && r == 0; i++) {
		struct prefix prefix = host(p, ways[i].source);

		axis_add(&p->sources, &prefix);
	}
	if (r == 0)
		r = axis_cut(&p->sources);
	return r == -EDOM ? DIFFER(p, "the bounds of the rules could not be put in order") : r;
}

static int judge(struct ways *p, const struct pod_way *ways, size_t count)
{
	int r;

	p->is_end = calloc(p->ruleset->count, sizeof(*p->is_end));
	p->is_walked = calloc(p->ruleset->count, sizeof(*p->is_walked));
	if (!p->is_end || !p->is_walked)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (ways[i].chain == NOWHERE || ways[i].chain >= p->ruleset->count)
			return DIFFER(p, "a network has no chain");
		p->is_end[ways[i].chain] = true;
	}
	r = cut(p, ways, count);
	if (r < 0)
		return r;
	p->arrived = calloc(p->sources.count, sizeof(*p->arrived));
	if (!p->arrived)
		return -ENOMEM;
	r = walk(p, 0, 0, (uint32_t)p->sources.count, 0);
	return r < 0 ? r : compare(p, ways, count);
}

int proof_pods(const struct ipmasq_ruleset *ruleset, const struct pod_way *ways, size_t count,
	       char **why)
{
	struct ways p = { .ruleset = ruleset };
	int r = ruleset->count == 0 ? DIFFER(&p, "there is no chain") : judge(&p, ways, count);

	axis_release(&p.sources);
	free(p.is_end);
	free(p.is_walked);
	free(p.arrived);
	if (r == -EDOM && why && buf_steal(&p.why, why, NULL) < 0)
		r = -ENOMEM;
	buf_release(&p.why);
	return r;
}
