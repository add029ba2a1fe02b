/* SPDX-License-Identifier: Apache-2.0 */
/* Follows a packet through a model with every combination of answers. */
#include "sim/nat_sim.h"

#include <string.h>

#define QUESTIONS_MAX 64
#define RUNS_MAX      20000
#define BASES_MAX     16
#define DEPTH_MAX     16

enum result { GO_ON, LEAVE, END };

struct run {
	const struct nat_model *model;
	const struct nat_sim_packet *packet;
	/* The answers so far, and how many each question has. */
	unsigned int answers[QUESTIONS_MAX];
	unsigned int choices[QUESTIONS_MAX];
	size_t answered;
	size_t asked;
	bool too_many;
	const struct nat_chain *base;
	bool untracked;
	struct nat_sim_end end;
};

/* One of @choices answers. */
static unsigned int ask(struct run *run, unsigned int choices)
{
	if (choices < 2)
		return 0;
	if (run->asked == QUESTIONS_MAX) {
		run->too_many = true;
		return 0;
	}
	if (run->asked == run->answered) {
		run->answers[run->answered] = 0;
		run->choices[run->answered++] = choices;
	}
	return run->answers[run->asked++];
}

/* The next combination of answers. */
static bool next_run(struct run *run)
{
	while (run->answered > 0) {
		if (++run->answers[run->answered - 1] < run->choices[run->answered - 1])
			return true;
		run->answered--;
	}
	return false;
}

static bool is_in(const struct nat_set *set, struct addr address)
{
	for (size_t i = 0; i < set->ranges.count; i++) {
		const struct range *range = &set->ranges.ranges[i];

		if (address.hi > range->first.hi ||
		    (address.hi == range->first.hi && address.lo >= range->first.lo)) {
			if (address.hi < range->last.hi ||
			    (address.hi == range->last.hi && address.lo <= range->last.lo))
				return true;
		}
	}
	return false;
}

static bool address_holds(struct run *run, const struct nat_condition *c)
{
	bool is_source = c->kind == NAT_ON_SOURCE;
	struct addr address = is_source ? run->packet->source : run->packet->destination;
	bool in;

	if (c->set && c->set->family != run->packet->family)
		return false;
	if (!c->set || (is_source && !run->packet->has_source))
		return ask(run, 2) == 1;
	in = is_in(c->set, address);
	if (in ? c->set->partial : !c->set->complete)
		return ask(run, 2) == 1;
	return in != c->negated;
}

static bool holds(struct run *run, const struct nat_condition *c)
{
	switch (c->kind) {
	case NAT_ON_SOURCE:
	case NAT_ON_DESTINATION:
		return address_holds(run, c);
	case NAT_ON_SOCKET_OWNER:
		return c->negated;
	case NAT_ON_CONNECTION_STATE:
		return ((c->states & NAT_STATE_NEW) != 0) != c->negated;
	default:
		return ask(run, 2) == 1;
	}
}

static bool matches(struct run *run, const struct nat_rule *rule)
{
	for (size_t i = 0; i < rule->condition_count; i++) {
		if (!holds(run, &rule->conditions[i]))
			return false;
	}
	return true;
}

static enum result finish(struct run *run, enum nat_verdict verdict, const struct nat_rule *rule)
{
	run->end = (struct nat_sim_end){ .verdict = verdict, .rule = rule };
	if (rule && rule->verdict == NAT_SNAT && rule->to_known) {
		run->end.to_known = true;
		run->end.to = rule->to_first;
	}
	return END;
}

static enum result chain(struct run *run, const struct nat_table *table, uint32_t number,
			 unsigned int depth);

/* What a target that is not known, or a chain that is not, may do. */
static enum result unknown(struct run *run, const struct nat_rule *rule)
{
	if (run->base->type == NAT_TYPE_NAT)
		return finish(run, NAT_UNKNOWN, rule);
	/* What is not tracked stays so. */
	if (run->base->hook == NAT_PREROUTING && run->base->priority < -200 && !run->untracked &&
	    ask(run, 2))
		return finish(run, NAT_UNKNOWN, rule);
	return GO_ON;
}

/* GO_ON: the next rule; LEAVE: out of the base chain; END: it is decided. @returns: back to the
 * chain before. */
static enum result target(struct run *run, const struct nat_table *table,
			  const struct nat_rule *rule, unsigned int depth, bool *returns)
{
	bool is_nat = run->base->type == NAT_TYPE_NAT;
	enum result result;

	switch (rule->verdict) {
	case NAT_ACCEPT:
		return LEAVE;
	case NAT_RETURN:
		*returns = true;
		return GO_ON;
	case NAT_DROP:
		return finish(run, NAT_DROP, rule);
	case NAT_JUMP:
	case NAT_GOTO:
		if (rule->chain >= table->count || table->chains[rule->chain].incomplete ||
		    depth == DEPTH_MAX)
			return unknown(run, rule);
		result = chain(run, table, rule->chain, depth + 1);
		*returns = result == GO_ON && rule->verdict == NAT_GOTO;
		return result;
	case NAT_MASQUERADE:
		return is_nat ? finish(run, NAT_MASQUERADE, rule) : GO_ON;
	case NAT_SNAT:
		return is_nat ? finish(run, NAT_SNAT, rule) : GO_ON;
	case NAT_NOTRACK:
		if (run->base->hook == NAT_PREROUTING && run->base->priority < -200)
			run->untracked = true;
		return GO_ON;
	case NAT_UNKNOWN:
		return unknown(run, rule);
	default:
		return GO_ON;
	}
}

static enum result chain(struct run *run, const struct nat_table *table, uint32_t number,
			 unsigned int depth)
{
	const struct nat_chain *it = &table->chains[number];

	for (size_t i = 0; i < it->count; i++) {
		bool returns = false;
		enum result result;

		if (!matches(run, &it->rules[i]))
			continue;
		result = target(run, table, &it->rules[i], depth, &returns);
		if (result != GO_ON)
			return result;
		if (returns)
			break;
	}
	return GO_ON;
}

struct base {
	const struct nat_table *table;
	uint32_t number;
};

static const struct nat_chain *chain_of(const struct base *base)
{
	return &base->table->chains[base->number];
}

/* Whether the kernel asks @a before @b; neither before the other: that is not known. */
static bool is_before(const struct base *a, const struct base *b)
{
	const struct nat_chain *x = chain_of(a);
	const struct nat_chain *y = chain_of(b);

	if (x->hook != y->hook)
		return x->hook < y->hook;
	if ((x->type == NAT_TYPE_NAT) != (y->type == NAT_TYPE_NAT))
		return y->type == NAT_TYPE_NAT;
	return x->priority < y->priority;
}

static size_t list_bases(const struct run *run, struct base bases[BASES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < run->model->count; i++) {
		const struct nat_table *table = run->model->tables[i];

		for (uint32_t j = 0; j < table->count && count < BASES_MAX; j++) {
			const struct nat_chain *it = &table->chains[j];

			if (it->hook != NAT_NO_HOOK && !table->dormant &&
			    table->families & NAT_FAMILY(run->packet->family) &&
			    (it->type != NAT_TYPE_NAT || it->hook == NAT_POSTROUTING))
				bases[count++] = (struct base){ table, j };
		}
	}
	return count;
}

/* Takes one of the base chains that may be next. */
static struct base take_next(struct run *run, struct base bases[BASES_MAX], size_t *count)
{
	size_t first[BASES_MAX];
	size_t firsts = 0;
	struct base taken;
	size_t chosen;

	for (size_t i = 0; i < *count; i++) {
		bool is_first = true;

		for (size_t j = 0; j < *count; j++)
			is_first &= !is_before(&bases[j], &bases[i]);
		if (is_first)
			first[firsts++] = i;
	}
	chosen = chain_of(&bases[first[0]])->type == NAT_TYPE_NAT
			 ? first[ask(run, (unsigned int)firsts)]
			 : first[0];
	taken = bases[chosen];
	memmove(&bases[chosen], &bases[chosen + 1], (*count - chosen - 1) * sizeof(*bases));
	(*count)--;
	return taken;
}

static void follow(struct run *run)
{
	struct base bases[BASES_MAX];
	size_t count = list_bases(run, bases);

	run->asked = 0;
	run->untracked = false;
	run->end = (struct nat_sim_end){ .verdict = NAT_RETURN };
	while (count > 0) {
		struct base base = take_next(run, bases, &count);
		enum result result;

		run->base = chain_of(&base);
		if (run->base->type == NAT_TYPE_NAT && run->untracked)
			continue;
		result = chain(run, base.table, base.number, 0);
		if (result == END)
			return;
		if (result == GO_ON && run->base->policy == NAT_DROP) {
			finish(run, NAT_DROP, NULL);
			return;
		}
	}
}

static void add_end(struct nat_sim_ends *ends, const struct nat_sim_end *end)
{
	for (size_t i = 0; i < ends->count; i++) {
		const struct nat_sim_end *it = &ends->list[i];

		if (it->verdict == end->verdict && it->rule == end->rule)
			return;
	}
	if (ends->count == NAT_SIM_ENDS)
		ends->too_many = true;
	else
		ends->list[ends->count++] = *end;
}

void nat_sim_run(const struct nat_model *model, const struct nat_sim_packet *packet,
		 struct nat_sim_ends *ends)
{
	struct run run = { .model = model, .packet = packet };
	size_t runs = 0;

	ends->count = 0;
	ends->too_many = false;
	do {
		follow(&run);
		add_end(ends, &run.end);
		ends->too_many |= run.too_many || ++runs == RUNS_MAX;
	} while (!ends->too_many && next_run(&run));
}
