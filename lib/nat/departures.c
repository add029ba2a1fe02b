/* SPDX-License-Identifier: Apache-2.0 */
/* Takes all packets through the base chains, in their order. */
#include "nat/departures.h"

#include <stdlib.h>
#include <string.h>

#include "nat/departure_walk.h"
#include "nat/levels.h"
#include "nat/walk.h"

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
			r = departure_decide(w, &at, NAT_UNKNOWN, frame->classes.list[i],
					     LEVEL_BASE, &everywhere);
			if (w->base->type == NAT_TYPE_NAT)
				level_clear(w->classes, frame->classes.list[i], LEVEL_BASE,
					    &everywhere);
			else
				level_pour(w->classes, frame->classes.list[i], LEVEL_BASE,
					   LEVEL_LEFT);
		}
		return r;
	}
	r = departure_walk_chain(w, at, frame, 0);
	for (size_t i = 0; i < frame->classes.count && r == 0; i++) {
		level_pour(w->classes, frame->classes.list[i], LEVEL_BASE,
			   departure_level_behind(w, LEVEL_BASE));
		level_clear(w->classes, frame->classes.list[i], LEVEL_DROPPED, &everywhere);
	}
	return r;
}

/* What several base chains, asked in an order that is not known, let pass: what each does. */
static int walk_group(struct walker *w, const struct nat_base *bases, size_t count,
		      struct frame *frame)
{
	int r = 0;

	for (size_t i = 0; i < frame->classes.count; i++) {
		level_copy(w->classes, frame->classes.list[i], LEVEL_BASE, LEVEL_GIVEN);
		level_copy(w->classes, frame->classes.list[i], LEVEL_BASE, LEVEL_PASSED);
	}
	for (size_t base = 0; base < count && r == 0; base++) {
		for (size_t i = 0; i < frame->classes.count; i++)
			level_copy(w->classes, frame->classes.list[i], LEVEL_GIVEN, LEVEL_BASE);
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
		level_copy(w->classes, frame->classes.list[i], LEVEL_PASSED, LEVEL_LEFT);
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
			level_pour(w->classes, frame->classes.list[j], LEVEL_LEFT, LEVEL_BASE);
	}
	for (size_t j = 0; j < frame->classes.count && r == 0; j++)
		r = departure_decide(w, &nothing, NAT_RETURN, frame->classes.list[j], LEVEL_BASE,
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
	level_clear(w->classes, class, LEVEL_BASE, &w->space->own);
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
			w->masqueraded[word] |= span_mask(span, word);
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
