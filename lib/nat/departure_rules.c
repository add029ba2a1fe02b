/* SPDX-License-Identifier: Apache-2.0 */
/* Takes packets through the rules of a chain, and into the chains that these lead to. */
#include <stdlib.h>

#include "nat/departure_walk.h"
#include "nat/levels.h"
#include "nat/walk.h"

#define DEPTH_MAX 100

/* Of each rule beside what it does to its sources and destinations. */
#define RULE_WORK 50

size_t departure_level_behind(const struct walker *w, size_t level)
{
	if (level > LEVEL_BASE)
		return level - 1;
	return w->base->policy == NAT_DROP ? LEVEL_DROPPED : LEVEL_LEFT;
}

/* Whether a rule here, at the level of base chains, ends the base chain as ACCEPT does. */
static bool is_accept(const struct walker *w, const struct nat_at *at, size_t level)
{
	if (at->rule->verdict == NAT_ACCEPT)
		return true;
	return at->rule->verdict == NAT_RETURN && level == LEVEL_BASE &&
	       w->base->policy == NAT_ACCEPT;
}

/* A target that is not known, as leave_unknown() of the walk. */
static int leave_unknown(struct walker *w, const struct nat_at *at, uint32_t class, size_t level,
			 const struct extent *where, bool sure)
{
	int r = 0;

	if (w->base->type == NAT_TYPE_NAT || nat_before_tracking(w->base))
		r = departure_decide(w, at, NAT_UNKNOWN, class, level, &where->possible);
	if (sure && w->base->type == NAT_TYPE_NAT)
		level_clear(w->classes, class, level, &where->certain);
	return r;
}

/* What a rule that leads to no chain does to a class. @sure: it matches the certain ones. */
static int obey(struct walker *w, const struct nat_at *at, uint32_t class, size_t level,
		const struct extent *where, bool sure)
{
	bool is_nat = w->base->type == NAT_TYPE_NAT;
	enum nat_verdict verdict = at->rule->verdict;
	int r = 0;

	if (is_accept(w, at, level)) {
		if (w->is_last)
			r = departure_decide(w, at, NAT_RETURN, class, level, &where->possible);
		else
			level_add(w->classes, class, level, LEVEL_LEFT, &where->possible);
	} else if (verdict == NAT_RETURN) {
		level_add(w->classes, class, level, departure_level_behind(w, level),
			  &where->possible);
	} else if (verdict == NAT_UNKNOWN || (verdict == NAT_QUEUE && is_nat)) {
		return leave_unknown(w, at, class, level, where, sure);
	} else if (verdict == NAT_QUEUE) {
		return 0;
	} else if (verdict == NAT_NOTRACK) {
		if (!nat_before_tracking(w->base))
			return 0;
		r = departure_decide(w, at, NAT_RETURN, class, level, &where->possible);
	} else if (verdict != NAT_DROP) {
		if (!is_nat)
			return 0;
		r = departure_decide(w, at, verdict == NAT_NETMAP ? NAT_SNAT : verdict, class,
				     level, &where->possible);
	}
	if (sure)
		level_clear(w->classes, class, level, &where->certain);
	return r;
}

/* Puts a class into the chain that a rule leads to, at @inner. */
static int enter(struct walker *w, uint32_t class, size_t level, size_t inner,
		 const struct extent *where, bool sure)
{
	int r = class_need_level(w->classes, class, inner);

	if (r < 0)
		return r;
	level_add(w->classes, class, level, inner, &where->possible);
	if (sure)
		level_clear(w->classes, class, level, &where->certain);
	return 0;
}

/* Classes of a frame that a rule may match. */
struct matched {
	/* Of sources that it certainly matches, as far as they go, and of others. */
	struct class_list certain;
	struct class_list possible;
	/* Both. */
	struct spans atoms;
};

/* The classes of the inner frame take the place of those that went in. */
static int come_back(struct walker *w, struct frame *frame, struct matched *matched,
		     struct frame *inner)
{
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < matched->certain.count; i++)
		w->classes->list[matched->certain.list[i]].inside = true;
	for (size_t i = 0; i < matched->possible.count; i++)
		w->classes->list[matched->possible.list[i]].inside = true;
	classes_work(w->classes, frame->classes.count);
	for (size_t i = 0; i < frame->classes.count; i++) {
		struct class *class = &w->classes->list[frame->classes.list[i]];

		if (!class->inside)
			frame->classes.list[kept++] = frame->classes.list[i];
		class->inside = false;
	}
	frame->classes.count = kept;
	for (size_t i = 0; i < inner->classes.count && r == 0; i++)
		r = class_list_add(&frame->classes, inner->classes.list[i]);
	free(matched->certain.list);
	matched->certain = inner->classes;
	matched->possible.count = 0;
	inner->classes = (struct class_list){ 0 };
	return r;
}

static int enter_all(struct walker *w, const struct frame *frame, const struct matched *matched,
		     const struct reach *reach, struct frame *inner)
{
	bool sure = reach->others == NAT_YES;
	int r = 0;

	for (size_t i = 0; i < matched->certain.count && r == 0; i++) {
		r = class_list_add(&inner->classes, matched->certain.list[i]);
		if (r == 0)
			r = enter(w, matched->certain.list[i], frame->level, inner->level,
				  &reach->destinations, sure);
	}
	for (size_t i = 0; i < matched->possible.count && r == 0; i++) {
		r = class_list_add(&inner->classes, matched->possible.list[i]);
		if (r == 0)
			r = enter(w, matched->possible.list[i], frame->level, inner->level,
				  &reach->destinations, false);
	}
	return r;
}

static int follow(struct walker *w, const struct nat_at *at, struct frame *frame,
		  struct matched *matched, const struct reach *reach, unsigned int depth)
{
	bool is_goto = at->rule->verdict == NAT_GOTO;
	/* What comes back from a goto by RETURN must not be with what the rule did not match. */
	struct frame inner = { .level = frame->level + 1 + is_goto, .atoms = &matched->atoms };
	size_t back = is_goto ? departure_level_behind(w, frame->level) : frame->level;
	int r = enter_all(w, frame, matched, reach, &inner);

	if (r == 0)
		r = departure_walk_chain(w, (struct nat_at){ at->table, at->rule->chain, NULL },
					 &inner, depth + 1);
	for (size_t i = 0; i < inner.classes.count && r == 0; i++) {
		level_pour(w->classes, inner.classes.list[i], inner.level, back);
		if (is_goto)
			level_pour(w->classes, inner.classes.list[i], frame->level + 1, back);
	}
	if (r == 0)
		r = come_back(w, frame, matched, &inner);
	free(inner.classes.list);
	return r;
}

static int obey_all(struct walker *w, const struct nat_at *at, const struct frame *frame,
		    const struct matched *matched, const struct reach *reach)
{
	bool leads = at->rule->verdict == NAT_JUMP || at->rule->verdict == NAT_GOTO;
	bool sure = reach->others == NAT_YES;
	int r = 0;

	for (size_t i = 0; i < matched->certain.count && r == 0; i++)
		r = (leads ? leave_unknown : obey)(w, at, matched->certain.list[i], frame->level,
						   &reach->destinations, sure);
	for (size_t i = 0; i < matched->possible.count && r == 0; i++)
		r = (leads ? leave_unknown : obey)(w, at, matched->possible.list[i], frame->level,
						   &reach->destinations, false);
	return r;
}

static bool has_chain(const struct nat_at *at, unsigned int depth)
{
	if (at->rule->verdict != NAT_JUMP && at->rule->verdict != NAT_GOTO)
		return false;
	return at->rule->chain < at->table->count && depth < DEPTH_MAX &&
	       (!at->table->chains[at->rule->chain].incomplete ||
		at->table->chains[at->rule->chain].proved);
}

/* The classes of the frame that are among @atoms, each as a class of these alone. */
static int take(struct walker *w, struct frame *frame, const struct spans *atoms,
		struct class_list *taken)
{
	struct spans here = { 0 };
	int r = spans_both(frame->atoms, atoms, &here);

	if (r == 0)
		r = classes_take(w->classes, &here, &frame->classes, taken);
	spans_release(&here);
	return r;
}

static bool is_all(const struct spans *spans, const struct atoms *axis)
{
	return spans->count == 1 && spans->list[0].first == 0 && spans->list[0].end == axis->count;
}

static int match(struct walker *w, struct frame *frame, const struct reach *reach,
		 struct matched *matched)
{
	struct spans maybe = { 0 };
	int r = 0;

	if (is_all(&reach->sources.certain, &w->space->sources)) {
		for (size_t i = 0; i < frame->classes.count && r == 0; i++)
			r = class_list_add(&matched->certain, frame->classes.list[i]);
		return r < 0 ? r : spans_both(frame->atoms, frame->atoms, &matched->atoms);
	}
	r = spans_both(frame->atoms, &reach->sources.possible, &matched->atoms);
	if (r == 0)
		r = spans_without(&reach->sources.possible, &reach->sources.certain, 0, &maybe);
	if (r == 0)
		r = take(w, frame, &reach->sources.certain, &matched->certain);
	if (r == 0)
		r = take(w, frame, &maybe, &matched->possible);
	spans_release(&maybe);
	return r;
}

static int apply(struct walker *w, const struct nat_at *at, struct frame *frame,
		 const struct reach *reach, unsigned int depth)
{
	struct matched matched = { 0 };
	int r = match(w, frame, reach, &matched);

	if (r == 0 && has_chain(at, depth))
		r = follow(w, at, frame, &matched, reach, depth);
	else if (r == 0)
		r = obey_all(w, at, frame, &matched, reach);
	if (r == 0 && !is_all(&reach->sources.certain, &w->space->sources)) {
		classes_join(w->classes, &matched.certain, &frame->classes);
		classes_join(w->classes, &matched.possible, &frame->classes);
	}
	free(matched.certain.list);
	free(matched.possible.list);
	spans_release(&matched.atoms);
	return r;
}

/* Whether a class of the frame has a destination left in its chain. */
static bool has_any(struct walker *w, const struct frame *frame)
{
	for (size_t i = 0; i < frame->classes.count; i++) {
		const uint64_t *bits =
			class_level(w->classes, frame->classes.list[i], frame->level);

		for (size_t word = 0; word < w->classes->words; word++) {
			if (bits[word])
				return true;
		}
		classes_work(w->classes, w->classes->words);
	}
	return false;
}

/* The policy's own rules: what it masquerades goes no further. */
static void obey_policy(struct walker *w, const struct frame *frame)
{
	for (size_t i = 0; i < frame->classes.count; i++) {
		uint32_t class = frame->classes.list[i];
		uint64_t *bits = class_level(w->classes, class, frame->level);
		uint64_t *agreed = class_level(w->classes, class, LEVEL_AGREED);

		if (w->classes->list[class].excluded)
			continue;
		class_touch(w->classes, class);
		classes_work(w->classes, w->classes->words);
		for (size_t word = 0; word < w->classes->words; word++) {
			agreed[word] |= bits[word] & w->masqueraded[word];
			bits[word] &= ~w->masqueraded[word];
		}
	}
}

int departure_walk_chain(struct walker *w, struct nat_at at, struct frame *frame,
			 unsigned int depth)
{
	const struct nat_chain *chain = &at.table->chains[at.chain];
	int r = 0;

	if (chain->proved)
		obey_policy(w, frame);
	for (size_t i = 0; i < chain->count && r == 0; i++) {
		struct reach reach = { 0 };

		at.rule = &chain->rules[i];
		if (at.rule->verdict == NAT_CONTINUE)
			continue;
		if (!has_any(w, frame) || !classes_work(w->classes, RULE_WORK))
			break;
		r = space_reach(w->space, at.rule, &reach);
		if (r == 0 && reach.others != NAT_NO && reach.destinations.possible.count > 0 &&
		    reach.sources.possible.count > 0)
			r = apply(w, &at, frame, &reach, depth);
		reach_release(&reach);
	}
	return r;
}
