/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows one packet through the base chains that it meets. Where a rule only may match, the walk
 * follows both: what matched is told apart from what did not by a condition, and what comes back
 * from a chain joins what never entered it, so the number of packets that are followed stays one.
 */
#include <stdlib.h>

#include "nat/walk.h"
#include "nat/way_maker.h"

/* nf_conntrack's own hook; what is asked before it can keep a connection from being tracked. */
#define TRACKING_PRIORITY (-200)

/* Chains can lead to one another so that the ways through them double with each. */
#define RULES_MAX 400000
#define DEPTH_MAX 100

/* Packets that are at one place, with what must hold for them to be there. */
struct flow {
	bool there;
	const struct literal *conditions;
	/* What let them out of the last base chain, or what ended their tracking. */
	struct nat_at by;
};

struct walker {
	const struct nat_model *model;
	const struct nat_packet *packet;
	struct way_maker maker;
	size_t rules_left;
	/* Of the base chain that is being walked. */
	const struct nat_chain *base;
	/* What it accepts is an outcome of its own, since no chain comes after it. */
	bool is_last;
	struct flow accepted;
	/* What is not tracked. */
	struct flow untracked;
};

bool nat_before_tracking(const struct nat_chain *base)
{
	return base->hook == NAT_PREROUTING && base->priority < TRACKING_PRIORITY;
}

static bool is_same(const struct nat_at *a, const struct nat_at *b)
{
	return a->table == b->table && a->chain == b->chain && a->rule == b->rule;
}

static void join(struct flow *flow, const struct flow *other)
{
	if (!other->there)
		return;
	if (!flow->there) {
		*flow = *other;
		return;
	}
	flow->conditions = way_common(flow->conditions, other->conditions);
	if (!is_same(&flow->by, &other->by))
		flow->by = (struct nat_at){ 0 };
}

static int walk_chain(struct walker *w, struct nat_at at, struct flow in, struct flow *back,
		      unsigned int depth);

/* A target that is not known, or a chain of which not all is. Other chains than those of type nat
 * cannot rewrite the source, and whether they drop is not claimed. */
static int leave_unknown(struct walker *w, const struct nat_at *at, struct flow *flow)
{
	struct flow open = *flow;
	int r;

	if (w->base->type == NAT_TYPE_NAT) {
		flow->there = false;
		return way_add(&w->maker, NAT_UNKNOWN, at, flow->conditions);
	}
	if (!nat_before_tracking(w->base))
		return 0;
	r = way_demand(&w->maker, &open.conditions, "what \"%s\" does", at->rule->text);
	return r < 0 ? r : way_add(&w->maker, NAT_UNKNOWN, at, open.conditions);
}

static int queue(struct walker *w, const struct nat_at *at, struct flow *flow)
{
	struct flow open = *flow;
	int r = way_demand(&w->maker, &open.conditions,
			   "the program behind the queue does not let it pass");

	return r < 0 ? r : way_add(&w->maker, NAT_DROP, at, open.conditions);
}

static int accept(struct walker *w, const struct nat_at *at, struct flow *flow)
{
	struct flow out = *flow;

	flow->there = false;
	if (w->is_last)
		return way_add(&w->maker, NAT_RETURN, at, out.conditions);
	out.by = *at;
	join(&w->accepted, &out);
	return 0;
}

static int stop_tracking(struct walker *w, const struct nat_at *at, struct flow *flow)
{
	struct flow out = *flow;

	if (!nat_before_tracking(w->base))
		return 0;
	out.by = *at;
	join(&w->untracked, &out);
	flow->there = false;
	return 0;
}

/* Through the chain that the rule leads to. */
static int enter(struct walker *w, const struct nat_at *at, struct flow *flow, struct flow *back,
		 unsigned int depth)
{
	struct nat_at inner = { at->table, at->rule->chain, NULL };
	struct flow returned = { 0 };
	int r;

	if (inner.chain >= at->table->count || at->table->chains[inner.chain].incomplete ||
	    depth >= DEPTH_MAX)
		return leave_unknown(w, at, flow);
	r = walk_chain(w, inner, *flow, &returned, depth + 1);
	if (r < 0)
		return r;
	flow->there = false;
	join(at->rule->verdict == NAT_GOTO ? back : flow, &returned);
	return 0;
}

/* What the rule does to the packets of @flow, which match it. */
static int obey(struct walker *w, const struct nat_at *at, struct flow *flow, struct flow *back,
		unsigned int depth)
{
	bool is_nat = w->base->type == NAT_TYPE_NAT;

	switch (at->rule->verdict) {
	case NAT_CONTINUE:
		return 0;
	case NAT_ACCEPT:
		return accept(w, at, flow);
	case NAT_RETURN:
		/* At the level of base chains it is their policy. */
		if (depth == 0 && w->base->policy == NAT_ACCEPT)
			return accept(w, at, flow);
		join(back, flow);
		flow->there = false;
		return 0;
	case NAT_JUMP:
	case NAT_GOTO:
		return enter(w, at, flow, back, depth);
	case NAT_NOTRACK:
		return stop_tracking(w, at, flow);
	case NAT_QUEUE:
		return is_nat ? leave_unknown(w, at, flow) : queue(w, at, flow);
	case NAT_MASQUERADE:
	case NAT_SNAT:
	case NAT_NETMAP:
		/* Elsewhere the kernel takes none of these. */
		if (!is_nat)
			return 0;
		break;
	case NAT_DROP:
		break;
	case NAT_UNKNOWN:
		return leave_unknown(w, at, flow);
	}
	flow->there = false;
	return way_add(&w->maker, at->rule->verdict, at, flow->conditions);
}

static int ask(struct walker *w, const struct nat_at *at, struct flow *flow, struct flow *back,
	       unsigned int depth)
{
	enum nat_match match = nat_rule_match(at->rule, w->packet);
	struct flow in = *flow;
	int r;

	if (match == NAT_NO)
		return 0;
	r = way_step(&w->maker, at, match);
	if (r < 0 || at->rule->verdict == NAT_CONTINUE)
		return r;
	if (match == NAT_YES)
		return obey(w, at, flow, back, depth);
	r = way_match(&w->maker, &in.conditions, at->rule, true);
	if (r == 0)
		r = obey(w, at, &in, back, depth);
	if (r == 0)
		r = way_match(&w->maker, &flow->conditions, at->rule, false);
	if (r == 0)
		join(flow, &in);
	return r;
}

static int walk_chain(struct walker *w, struct nat_at at, struct flow in, struct flow *back,
		      unsigned int depth)
{
	const struct nat_chain *chain = &at.table->chains[at.chain];
	int r = 0;

	for (size_t i = 0; i < chain->count && in.there && r == 0; i++) {
		if (w->rules_left == 0 || w->maker.cut_short) {
			w->maker.cut_short = true;
			return 0;
		}
		w->rules_left--;
		at.rule = &chain->rules[i];
		r = ask(w, &at, &in, back, depth);
	}
	join(back, &in);
	return r;
}

/* Through one base chain. @flow becomes what leaves it. */
static int walk_base(struct walker *w, const struct nat_base *base, struct flow *flow)
{
	struct nat_at at = { base->table, base->chain, NULL };
	struct flow returned = { 0 };
	int r = 0;

	if (!flow->there)
		return 0;
	w->base = &base->table->chains[base->chain];
	w->accepted = (struct flow){ 0 };
	flow->by = (struct nat_at){ 0 };
	if (w->base->incomplete && w->base->type == NAT_TYPE_NAT) {
		flow->there = false;
		return way_add(&w->maker, NAT_UNKNOWN, &at, flow->conditions);
	}
	if (w->base->incomplete && nat_before_tracking(w->base)) {
		struct flow open = *flow;

		r = way_demand(&w->maker, &open.conditions, "what the rest of chain %s does",
			       w->base->name);
		if (r == 0)
			r = way_add(&w->maker, NAT_UNKNOWN, &at, open.conditions);
	}
	if (r == 0)
		r = walk_chain(w, at, *flow, &returned, 0);
	if (r == 0 && returned.there && w->base->policy == NAT_DROP) {
		r = way_add(&w->maker, NAT_DROP, &at, returned.conditions);
		returned.there = false;
	}
	*flow = w->accepted;
	join(flow, &returned);
	if (w->base->type != NAT_TYPE_NAT)
		flow->by = (struct nat_at){ 0 };
	return r;
}

/* Base chains of type nat that are asked in an order that is not known: each maps what no other one
 * mapped before. */
struct group {
	const struct nat_base *bases;
	size_t count;
	/* Of each, its first finding; and whether there are packets that it does not map. */
	size_t *starts;
	bool *passes;
};

static bool is_same_effect(const struct nat_outcome *a, const struct nat_outcome *b)
{
	return a->verdict == b->verdict && a->to_known == b->to_known &&
	       (!a->to_known || addr_equal(a->to, b->to));
}

/* Whether base chain @other maps every packet, some otherwise than @outcome. */
static bool is_rival(const struct walker *w, const struct group *group, size_t other,
		     const struct nat_outcome *outcome)
{
	if (group->passes[other])
		return false;
	for (size_t i = group->starts[other]; i < group->starts[other + 1]; i++) {
		if (!is_same_effect(&w->maker.findings[i].outcome, outcome))
			return true;
	}
	return false;
}

static int demand_order(struct walker *w, const struct group *group, size_t base)
{
	const struct nat_base *mine = &group->bases[base];

	for (size_t i = group->starts[base]; i < group->starts[base + 1]; i++) {
		struct finding *finding = &w->maker.findings[i];

		for (size_t other = 0; other < group->count; other++) {
			const struct nat_base *rival = &group->bases[other];

			if (other == base || !is_rival(w, group, other, &finding->outcome))
				continue;
			if (way_demand(&w->maker, &finding->conditions,
				       "the kernel asks chain %s of table %s (%s) before "
				       "chain %s of table %s (%s)",
				       mine->table->chains[mine->chain].name, mine->table->name,
				       nat_backend_name(mine->table->backend),
				       rival->table->chains[rival->chain].name, rival->table->name,
				       nat_backend_name(rival->table->backend)))
				return -ENOMEM;
		}
	}
	return 0;
}

static int walk_each(struct walker *w, const struct group *group, struct flow *flow)
{
	struct flow all = { 0 };
	bool ends = false;
	int r = 0;

	for (size_t i = 0; i < group->count && r == 0; i++) {
		struct flow one = *flow;

		group->starts[i] = w->maker.count;
		r = walk_base(w, &group->bases[i], &one);
		group->passes[i] = one.there;
		ends |= !one.there;
		join(&all, &one);
	}
	group->starts[group->count] = w->maker.count;
	for (size_t i = 0; i < group->count && r == 0; i++)
		r = demand_order(w, group, i);
	*flow = all;
	flow->there &= !ends;
	return r;
}

static int walk_unordered(struct walker *w, const struct nat_base *bases, size_t count,
			  struct flow *flow)
{
	struct group group = { .bases = bases, .count = count };
	int r = -ENOMEM;

	group.starts = calloc(count + 1, sizeof(*group.starts));
	group.passes = calloc(count, sizeof(*group.passes));
	if (group.starts && group.passes)
		r = walk_each(w, &group, flow);
	free(group.starts);
	free(group.passes);
	return r;
}

static int walk_bases(struct walker *w, const struct nat_base *bases, size_t count)
{
	struct flow flow = { .there = true };
	int r = 0;

	for (size_t i = 0, next; i < count && r == 0; i = next) {
		const struct nat_chain *base = &bases[i].table->chains[bases[i].chain];
		bool is_nat = base->type == NAT_TYPE_NAT;

		for (next = i + 1; is_nat && next < count && bases[next].unordered; next++)
			;
		w->is_last = next == count && next == i + 1 && is_nat;
		if (next > i + 1)
			r = walk_unordered(w, bases + i, next - i, &flow);
		else
			r = walk_base(w, &bases[i], &flow);
		/* What is not tracked still meets the chains that can drop it. */
		if (r == 0 && !is_nat && !nat_before_tracking(base)) {
			struct nat_at by = w->untracked.by;

			r = walk_base(w, &bases[i], &w->untracked);
			w->untracked.by = by;
		}
	}
	if (r == 0 && flow.there)
		r = way_add(&w->maker, NAT_RETURN, &flow.by, flow.conditions);
	if (r == 0 && w->untracked.there)
		r = way_add(&w->maker, NAT_RETURN, &w->untracked.by, w->untracked.conditions);
	return r;
}

int nat_walk(const struct nat_model *model, const struct nat_packet *packet, struct nat_way **way)
{
	struct walker w = { .model = model, .packet = packet, .rules_left = RULES_MAX };
	struct nat_base *bases = NULL;
	size_t count = 0;
	int r = way_begin(&w.maker, packet);

	if (r == 0)
		r = nat_bases(model, packet->family, &bases, &count);
	if (r == 0)
		r = walk_bases(&w, bases, count);
	free(bases);
	if (r == 0)
		r = way_finish(&w.maker, way);
	if (r < 0)
		way_release(&w.maker);
	return r;
}
