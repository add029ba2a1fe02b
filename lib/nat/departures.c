/* SPDX-License-Identifier: Apache-2.0 */
/* Walks through the rules with all packets at once. */
#include "nat/departures.h"

#include <stdlib.h>
#include <string.h>

#include "nat/walk.h"

#define DEPTH_MAX      100
#define DEPARTURES_MAX 50000

/* Of each rule beside what it does to its sources and destinations. */
#define RULE_WORK 50

struct walker {
	struct departures *found;
	struct space *space;
	struct classes *classes;
	/* The destinations that are masqueraded. */
	uint64_t *masqueraded;
	/* Of the base chain that is being walked. */
	const struct nat_chain *base;
	bool is_last;
};

/* The sources that are in a chain. */
struct frame {
	/* The level of their destinations in that chain. */
	size_t level;
	const struct spans *atoms;
	struct class_list classes;
};

/* Destinations of a class as spans, while words of them are looked at in order. */
struct collector {
	struct spans spans[2];
	int error;
};

static uint64_t mask_of(const struct span *span, size_t word)
{
	uint64_t mask = UINT64_MAX;

	if (word == span->first / 64)
		mask &= UINT64_MAX << span->first % 64;
	if (word == span->end / 64)
		mask &= ~(UINT64_MAX << span->end % 64);
	return mask;
}

static void collect(struct spans *spans, size_t word, uint64_t bits, int *error)
{
	while (bits && *error == 0) {
		unsigned int first = (unsigned int)__builtin_ctzll(bits);
		uint64_t rest = ~(bits >> first);
		unsigned int run = rest ? (unsigned int)__builtin_ctzll(rest) : 64;
		uint32_t start = (uint32_t)(word * 64 + first);

		if (run > 64 - first)
			run = 64 - first;
		*error = spans_add(spans, start, start + run);
		bits &= first + run < 64 ? UINT64_MAX << (first + run) : 0;
	}
}

/* Which of some destinations that wanted one thing depart, and for which that is certain. */
struct judgement {
	bool departs;
	bool may_agree;
};

static struct judgement judge(const struct walker *w, const struct nat_at *at,
			      enum nat_verdict verdict, enum ipmasq_verdict wanted)
{
	const struct nat_rule *rule = at->rule;
	enum nat_match own = NAT_MAYBE;

	if (verdict == NAT_UNKNOWN)
		return (struct judgement){ true, true };
	if (verdict == NAT_RETURN || verdict == NAT_MASQUERADE) {
		bool agrees = (verdict == NAT_MASQUERADE) == (wanted == IPMASQ_MASQUERADE);

		return (struct judgement){ !agrees, agrees };
	}
	if (wanted == IPMASQ_RETURN)
		return (struct judgement){ true, false };
	/* Of NETMAP and of a range, the address differs from source to source. */
	if (rule->verdict == NAT_SNAT && rule->to_known &&
	    addr_equal(rule->to_first, rule->to_last))
		own = nat_view_is_own(w->space->nat, w->space->family, rule->to_first);
	return (struct judgement){ own != NAT_YES, own != NAT_NO };
}

static int record(struct walker *w, const struct nat_at *at, enum nat_verdict verdict,
		  enum ipmasq_verdict wanted, uint32_t class, struct spans *destinations)
{
	struct departures *found = w->found;
	struct departure departure = { *at, verdict, wanted, NULL, *destinations };

	if (found->count == DEPARTURES_MAX) {
		w->classes->work_left = 0;
		return 0;
	}
	departure.sources = class_sources(w->classes, class);
	if (!departure.sources)
		return -ENOMEM;
	if (array_grow(&found->list, &found->capacity, found->count, sizeof(departure)))
		return -ENOMEM;
	found->list[found->count++] = departure;
	*destinations = (struct spans){ 0 };
	return 0;
}

/* A rule's verdict for those of @where that are at @level: what the policy does not want is
 * recorded. */
static int decide(struct walker *w, const struct nat_at *at, enum nat_verdict verdict,
		  uint32_t class, size_t level, const struct spans *where)
{
	const uint64_t *bits = class_level(w->classes, class, level);
	uint64_t *agreed = class_level(w->classes, class, LEVEL_AGREED);
	bool excluded = w->classes->list[class].excluded;
	struct collector collector = { 0 };
	int r;

	class_touch(w->classes, class);
	for (size_t i = 0; i < where->count; i++) {
		const struct span *span = &where->list[i];

		classes_work(w->classes, (span->end - span->first) / 64 + 1);
		for (size_t word = span->first / 64; word * 64 < span->end; word++) {
			uint64_t here = bits[word] & mask_of(span, word);
			uint64_t masqueraded = excluded ? 0 : here & w->masqueraded[word];
			uint64_t of[] = {
				[IPMASQ_RETURN] = here & ~masqueraded,
				[IPMASQ_MASQUERADE] = masqueraded,
			};

			for (size_t wanted = 0; wanted < ARRAY_SIZE(of); wanted++) {
				struct judgement j;

				if (!of[wanted])
					continue;
				j = judge(w, at, verdict, (enum ipmasq_verdict)wanted);
				if (j.may_agree)
					agreed[word] |= of[wanted];
				if (j.departs)
					collect(&collector.spans[wanted], word, of[wanted],
						&collector.error);
			}
		}
	}
	r = collector.error;
	for (size_t wanted = 0; wanted < 2; wanted++) {
		struct spans *spans = &collector.spans[wanted];

		if (r == 0 && spans->count > 0)
			r = record(w, at, verdict, (enum ipmasq_verdict)wanted, class, spans);
		spans_release(spans);
	}
	return r;
}

/* Takes those of @where away from a level. */
static void clear(struct walker *w, uint32_t class, size_t level, const struct spans *where)
{
	uint64_t *bits = class_level(w->classes, class, level);

	class_touch(w->classes, class);
	for (size_t i = 0; i < where->count; i++) {
		const struct span *span = &where->list[i];

		for (size_t word = span->first / 64; word * 64 < span->end; word++)
			bits[word] &= ~mask_of(span, word);
	}
}

/* Adds those of @where that are at one level to another. */
static void add(struct walker *w, uint32_t class, size_t from, size_t to, const struct spans *where)
{
	const uint64_t *source = class_level(w->classes, class, from);
	uint64_t *target = class_level(w->classes, class, to);

	class_touch(w->classes, class);
	for (size_t i = 0; i < where->count; i++) {
		const struct span *span = &where->list[i];

		classes_work(w->classes, (span->end - span->first) / 64 + 1);
		for (size_t word = span->first / 64; word * 64 < span->end; word++)
			target[word] |= source[word] & mask_of(span, word);
	}
}

/* Adds all of one level to another, and empties it. */
static void pour(struct walker *w, uint32_t class, size_t from, size_t to)
{
	uint64_t *source = class_level(w->classes, class, from);
	uint64_t *target = class_level(w->classes, class, to);

	classes_work(w->classes, w->classes->words);
	for (size_t i = 0; i < w->classes->words; i++) {
		target[i] |= source[i];
		source[i] = 0;
	}
	class_touch(w->classes, class);
}

/* The level of what RETURN, or the end of a chain at @level, leads to. */
static size_t level_behind(const struct walker *w, size_t level)
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
		r = decide(w, at, NAT_UNKNOWN, class, level, &where->possible);
	if (sure && w->base->type == NAT_TYPE_NAT)
		clear(w, class, level, &where->certain);
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
			r = decide(w, at, NAT_RETURN, class, level, &where->possible);
		else
			add(w, class, level, LEVEL_LEFT, &where->possible);
	} else if (verdict == NAT_RETURN) {
		add(w, class, level, level_behind(w, level), &where->possible);
	} else if (verdict == NAT_UNKNOWN || (verdict == NAT_QUEUE && is_nat)) {
		return leave_unknown(w, at, class, level, where, sure);
	} else if (verdict == NAT_QUEUE) {
		return 0;
	} else if (verdict == NAT_NOTRACK) {
		if (!nat_before_tracking(w->base))
			return 0;
		r = decide(w, at, NAT_RETURN, class, level, &where->possible);
	} else if (verdict != NAT_DROP) {
		if (!is_nat)
			return 0;
		r = decide(w, at, verdict == NAT_NETMAP ? NAT_SNAT : verdict, class, level,
			   &where->possible);
	}
	if (sure)
		clear(w, class, level, &where->certain);
	return r;
}

static int walk_chain(struct walker *w, struct nat_at at, struct frame *frame, unsigned int depth);

/* Puts a class into the chain that a rule leads to, at @inner. */
static int enter(struct walker *w, uint32_t class, size_t level, size_t inner,
		 const struct extent *where, bool sure)
{
	int r = class_need_level(w->classes, class, inner);

	if (r < 0)
		return r;
	add(w, class, level, inner, &where->possible);
	if (sure)
		clear(w, class, level, &where->certain);
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
	size_t back = is_goto ? level_behind(w, frame->level) : frame->level;
	int r = enter_all(w, frame, matched, reach, &inner);

	if (r == 0)
		r = walk_chain(w, (struct nat_at){ at->table, at->rule->chain, NULL }, &inner,
			       depth + 1);
	for (size_t i = 0; i < inner.classes.count && r == 0; i++) {
		pour(w, inner.classes.list[i], inner.level, back);
		if (is_goto)
			pour(w, inner.classes.list[i], frame->level + 1, back);
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
	return at->rule->chain < at->table->count &&
	       !at->table->chains[at->rule->chain].incomplete && depth < DEPTH_MAX;
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

static int walk_chain(struct walker *w, struct nat_at at, struct frame *frame, unsigned int depth)
{
	const struct nat_chain *chain = &at.table->chains[at.chain];
	int r = 0;

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

/* Through one base chain: from LEVEL_BASE to LEVEL_LEFT. */
static int walk_base(struct walker *w, const struct nat_base *base, struct frame *frame)
{
	const struct span all = { 0, (uint32_t)w->space->destinations.count };
	const struct spans everywhere = { (struct span *)(uintptr_t)&all, 1, 1 };
	struct nat_at at = { base->table, base->chain, NULL };
	int r = 0;

	w->base = &base->table->chains[base->chain];
	if (w->base->incomplete) {
		for (size_t i = 0; i < frame->classes.count && r == 0; i++) {
			r = decide(w, &at, NAT_UNKNOWN, frame->classes.list[i], LEVEL_BASE,
				   &everywhere);
			if (w->base->type == NAT_TYPE_NAT)
				clear(w, frame->classes.list[i], LEVEL_BASE, &everywhere);
			else
				pour(w, frame->classes.list[i], LEVEL_BASE, LEVEL_LEFT);
		}
		return r;
	}
	r = walk_chain(w, at, frame, 0);
	for (size_t i = 0; i < frame->classes.count && r == 0; i++) {
		pour(w, frame->classes.list[i], LEVEL_BASE, level_behind(w, LEVEL_BASE));
		clear(w, frame->classes.list[i], LEVEL_DROPPED, &everywhere);
	}
	return r;
}

static void copy_level(struct walker *w, uint32_t class, size_t from, size_t to)
{
	memcpy(class_level(w->classes, class, to), class_level(w->classes, class, from),
	       w->classes->words * sizeof(uint64_t));
	class_touch(w->classes, class);
}

/* What several base chains, asked in an order that is not known, let pass: what each does. */
static int walk_group(struct walker *w, const struct nat_base *bases, size_t count,
		      struct frame *frame)
{
	int r = 0;

	for (size_t i = 0; i < frame->classes.count; i++) {
		copy_level(w, frame->classes.list[i], LEVEL_BASE, LEVEL_GIVEN);
		copy_level(w, frame->classes.list[i], LEVEL_BASE, LEVEL_PASSED);
	}
	for (size_t base = 0; base < count && r == 0; base++) {
		for (size_t i = 0; i < frame->classes.count; i++)
			copy_level(w, frame->classes.list[i], LEVEL_GIVEN, LEVEL_BASE);
		r = walk_base(w, &bases[base], frame);
		for (size_t i = 0; i < frame->classes.count; i++) {
			uint64_t *passed =
				class_level(w->classes, frame->classes.list[i], LEVEL_PASSED);
			uint64_t *left =
				class_level(w->classes, frame->classes.list[i], LEVEL_LEFT);

			for (size_t word = 0; word < w->classes->words; word++) {
				passed[word] &= left[word];
				left[word] = 0;
			}
		}
	}
	for (size_t i = 0; i < frame->classes.count; i++) {
		copy_level(w, frame->classes.list[i], LEVEL_PASSED, LEVEL_LEFT);
		memset(class_level(w->classes, frame->classes.list[i], LEVEL_GIVEN), 0,
		       2 * w->classes->words * sizeof(uint64_t));
	}
	return r;
}

static int walk_bases(struct walker *w, const struct nat_base *bases, size_t count,
		      struct frame *frame)
{
	const struct span all = { 0, (uint32_t)w->space->destinations.count };
	const struct spans everywhere = { (struct span *)(uintptr_t)&all, 1, 1 };
	const struct nat_at nothing = { 0 };
	int r = 0;

	for (size_t i = 0, next; i < count && r == 0; i = next) {
		bool is_nat = bases[i].table->chains[bases[i].chain].type == NAT_TYPE_NAT;

		for (next = i + 1; is_nat && next < count && bases[next].unordered; next++)
			;
		w->is_last = next == count && next == i + 1 && is_nat;
		if (next > i + 1)
			r = walk_group(w, bases + i, next - i, frame);
		else
			r = walk_base(w, &bases[i], frame);
		for (size_t j = 0; j < frame->classes.count && r == 0; j++)
			pour(w, frame->classes.list[j], LEVEL_LEFT, LEVEL_BASE);
	}
	for (size_t j = 0; j < frame->classes.count && r == 0; j++)
		r = decide(w, &nothing, NAT_RETURN, frame->classes.list[j], LEVEL_BASE,
			   &everywhere);
	return r;
}

/* A class of sources, with every destination before the first rule. */
static int begin_class(struct walker *w, struct frame *frame, const struct spans *atoms,
		       bool excluded)
{
	uint32_t class;
	int r;

	if (atoms->count == 0)
		return 0;
	r = classes_add(w->classes, atoms, excluded, &class);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < w->space->destinations.count; i++)
		class_level(w->classes, class, LEVEL_BASE)[i / 64] |= UINT64_C(1) << i % 64;
	clear(w, class, LEVEL_BASE, &w->space->own);
	return class_list_add(&frame->classes, class);
}

static int walk_all(struct walker *w, const struct nat_base *bases, size_t count)
{
	const struct span all = { 0, (uint32_t)w->space->sources.count };
	const struct spans everywhere = { (struct span *)(uintptr_t)&all, 1, 1 };
	struct frame frame = { .level = LEVEL_BASE, .atoms = &everywhere };
	const struct spans *masqueraded = &w->space->masqueraded;
	int r;

	w->masqueraded = calloc(w->classes->words, sizeof(*w->masqueraded));
	if (!w->masqueraded)
		return -ENOMEM;
	for (size_t i = 0; i < masqueraded->count; i++) {
		const struct span *span = &masqueraded->list[i];

		for (size_t word = span->first / 64; word * 64 < span->end; word++)
			w->masqueraded[word] |= mask_of(span, word);
	}
	r = begin_class(w, &frame, &w->space->common, false);
	if (r == 0)
		r = begin_class(w, &frame, &w->space->excluded, true);
	if (r == 0)
		r = walk_bases(w, bases, count, &frame);
	free(w->masqueraded);
	free(frame.classes.list);
	return r;
}

/* Leaves the base chains that can rewrite, or prevent it. */
static size_t choose_bases(struct nat_base *bases, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		const struct nat_chain *chain = &bases[i].table->chains[bases[i].chain];

		if (chain->type == NAT_TYPE_NAT || nat_before_tracking(chain))
			bases[kept++] = bases[i];
	}
	return kept;
}

int departures_find(struct departures *found, const struct ipmasq_nat *nat,
		    const struct ipmasq_policy *policy, enum ipmasq_family family)
{
	struct walker w = { .found = found, .space = &found->space, .classes = &found->classes };
	struct nat_base *bases = NULL;
	size_t count = 0;
	int r;

	*found = (struct departures){ 0 };
	r = nat_bases(nat->model, family, &bases, &count);
	if (r < 0)
		return r;
	count = choose_bases(bases, count);
	r = space_begin(&found->space, nat, policy, family, bases, count);
	if (r == 0)
		r = classes_begin(&found->classes, found->space.sources.count,
				  found->space.destinations.count);
	if (r == 0)
		r = walk_all(&w, bases, count);
	free(bases);
	found->cut_short = found->classes.work_left == 0;
	return r;
}

void departures_release(struct departures *found)
{
	for (size_t i = 0; i < found->count; i++)
		spans_release(&found->list[i].destinations);
	free(found->list);
	classes_release(&found->classes);
	space_release(&found->space);
}
