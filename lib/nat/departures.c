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
static int walk_unordered(struct walker *w, const struct nat_base *bases, size_t count,
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

/* The number of the base chain behind those whose order with this one is not known. */
static size_t end_of_group(const struct nat_base *bases, size_t count, size_t start)
{
	size_t next = start + 1;

	if (bases[start].table->chains[bases[start].chain].type != NAT_TYPE_NAT)
		return next;
	while (next < count && bases[next].unordered)
		next++;
	return next;
}

/* Through several base chains, from LEVEL_BASE to LEVEL_BASE. */
static int walk_group(struct walker *w, const struct nat_base *bases, size_t count,
		      struct frame *frame)
{
	int r;

	if (count > 1)
		r = walk_unordered(w, bases, count, frame);
	else
		r = walk_base(w, bases, frame);
	for (size_t i = 0; i < frame->classes.count && r == 0; i++)
		level_pour(w->classes, frame->classes.list[i], LEVEL_LEFT, LEVEL_BASE);
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
		const struct nat_chain *chain = &bases[i].table->chains[bases[i].chain];

		next = end_of_group(bases, count, i);
		w->is_last = next == count && next == i + 1 && chain->type == NAT_TYPE_NAT;
		r = walk_group(w, bases + i, next - i, frame);
	}
	for (size_t j = 0; j < frame->classes.count && r == 0; j++)
		r = departure_decide(w, &nothing, NAT_RETURN, frame->classes.list[j], LEVEL_BASE,
				     &everywhere);
	return r;
}

/* Up to the base chain that is asked before others of its group. */
static int walk_first(struct walker *w, const struct ground *ground, size_t first,
		      struct frame *frame)
{
	int r = 0;

	w->is_last = false;
	for (size_t i = 0, next; i <= first && r == 0; i = next) {
		next = end_of_group(ground->bases, ground->count, i);
		if (next <= first) {
			r = walk_group(w, ground->bases + i, next - i, frame);
			continue;
		}
		w->found->first = w->found->count;
		r = walk_group(w, ground->bases + first, 1, frame);
	}
	for (size_t i = 0; i < frame->classes.count && r == 0; i++)
		level_pour(w->classes, frame->classes.list[i], LEVEL_BASE, LEVEL_AGREED);
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

static int walk_all(struct walker *w, const struct ground *ground,
		    const struct assumption *assumption)
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
	if (r == 0 && assumption->is_first)
		r = walk_first(w, ground, assumption->first, &frame);
	else if (r == 0)
		r = walk_bases(w, ground->bases, ground->count, &frame);
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

int ground_begin(struct ground *ground, const struct ipmasq_nat *nat,
		 const struct ipmasq_policy *policy, enum ipmasq_family family)
{
	int r;

	*ground = (struct ground){ 0 };
	r = nat_bases(nat->model, family, &ground->bases, &ground->count);
	if (r < 0)
		return r;
	ground->count = choose_bases(ground->bases, ground->count);
	return space_begin(&ground->space, nat, policy, family, ground->bases, ground->count);
}

void ground_release(struct ground *ground)
{
	free(ground->bases);
	space_release(&ground->space);
}

bool ground_is_unordered(const struct ground *ground, size_t base)
{
	const struct nat_base *it = &ground->bases[base];

	if (it->table->chains[it->chain].type != NAT_TYPE_NAT)
		return false;
	return it->unordered || (base + 1 < ground->count && it[1].unordered);
}

int departures_find(struct departures *found, struct ground *ground,
		    const struct assumption *assumption, size_t *work)
{
	struct walker w = { .found = found, .space = &ground->space, .classes = &found->classes };
	int r;

	*found = (struct departures){ 0 };
	ground->space.unmarked = assumption->unmarked;
	r = classes_begin(&found->classes, ground->space.sources.count,
			  ground->space.destinations.count, *work);
	if (r == 0)
		r = walk_all(&w, ground, assumption);
	*work = found->classes.work_left;
	return r;
}

void departures_release(struct departures *found)
{
	for (size_t i = 0; i < found->count; i++)
		spans_release(&found->list[i].destinations);
	free(found->list);
	classes_release(&found->classes);
}
