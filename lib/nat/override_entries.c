/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists what rules decide otherwise, from several walks: one that takes nothing for granted, and
 * others that take for granted what packets of pods mostly are, or what the kernel does not tell.
 * From the latter comes only what is certain then and was not before.
 */
#include "nat/override_entries.h"

#include <stdlib.h>

#define ENTRIES_MAX 10000

/* One walk, and those before it that left the same packets open. */
struct scene {
	struct entries *entries;
	enum certainty certainty;
	struct departures *found;
	struct departures *const *before;
	size_t before_count;
	/* Of the departure that is being listed. */
	const struct departure *departure;
};

void entry_release(struct entry *entry)
{
	spans_release(&entry->sources);
	spans_release(&entry->destinations);
}

void entries_release(struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		entry_release(&entries->list[i]);
	free(entries->list);
}

/* Takes over the destinations. */
static int add_entry(const struct scene *scene, enum certainty certainty,
		     const struct spans *sources, struct spans *destinations)
{
	struct entries *entries = scene->entries;
	struct entry entry = {
		.at = scene->departure->at,
		.verdict = scene->departure->verdict,
		.wanted = scene->departure->wanted,
		.certainty = certainty,
		.order = entries->count,
	};
	int r;

	if (destinations->count == 0)
		return 0;
	if (entries->count == ENTRIES_MAX) {
		entries->incomplete = "so many rules decide otherwise that not all are listed";
		return 0;
	}
	r = array_grow(&entries->list, &entries->capacity, entries->count, sizeof(entry));
	if (r < 0)
		return r;
	entry.destinations = *destinations;
	*destinations = (struct spans){ 0 };
	for (size_t i = 0; i < sources->count && r == 0; i++)
		r = spans_add(&entry.sources, sources->list[i].first, sources->list[i].end);
	entries->list[entries->count++] = entry;
	return r;
}

/* Splits destinations by whether some outcome agrees there. */
static int split(struct classes *classes, uint32_t class, const struct spans *all,
		 struct spans *certain, struct spans *conditional)
{
	const uint64_t *agreed = class_level(classes, class, LEVEL_AGREED);
	int r = 0;

	for (size_t i = 0; i < all->count; i++) {
		classes_work(classes, all->list[i].end - all->list[i].first);
		for (uint32_t at = all->list[i].first; at < all->list[i].end && r == 0; at++) {
			bool agrees = agreed[at / 64] >> at % 64 & 1;

			r = spans_add(agrees ? conditional : certain, at, at + 1);
		}
	}
	return r;
}

/* Some sources that were in one class of a walk in the end, with destinations. */
typedef int (*take_part)(const struct scene *scene, size_t walk, uint32_t class,
			 const struct spans *sources, const struct spans *destinations);

/* Calls @take for each class of @classes that has some of the sources. */
static int each_class(const struct scene *scene, size_t walk, struct classes *classes,
		      const struct spans *sources, const struct spans *destinations, take_part take)
{
	struct class_list seen = { 0 };
	struct spans *parts = NULL;
	size_t capacity = 0;
	int r = 0;

	for (size_t i = 0; i < sources->count && r == 0; i++) {
		const struct span *span = &sources->list[i];

		classes_work(classes, span->end - span->first);
		for (uint32_t atom = span->first; atom < span->end && r == 0; atom++) {
			struct class *class = &classes->list[classes->of[atom]];

			if (!class->inside) {
				r = array_grow(&parts, &capacity, seen.count, sizeof(*parts));
				if (r < 0)
					break;
				parts[seen.count] = (struct spans){ 0 };
				class->to = (uint32_t)seen.count;
				r = class_list_add(&seen, classes->of[atom]);
				if (r < 0)
					break;
				class->inside = true;
			}
			r = spans_add(&parts[class->to], atom, atom + 1);
		}
	}
	for (size_t i = 0; i < seen.count; i++)
		classes->list[seen.list[i]].inside = false;
	for (size_t i = 0; i < seen.count; i++) {
		if (r == 0)
			r = take(scene, walk, seen.list[i], &parts[i], destinations);
		spans_release(&parts[i]);
	}
	free(parts);
	free(seen.list);
	return r;
}

/* Leaves what the walks before, from number @walk on, left open, and adds it. */
static int take_open(const struct scene *scene, size_t walk, uint32_t class,
		     const struct spans *sources, const struct spans *destinations)
{
	struct classes *classes = &scene->before[walk]->classes;
	struct spans certain = { 0 };
	struct spans open = { 0 };
	int r = split(classes, class, destinations, &certain, &open);

	if (r == 0 && open.count > 0 && walk + 1 < scene->before_count)
		r = each_class(scene, walk + 1, &scene->before[walk + 1]->classes, sources, &open,
			       take_open);
	else if (r == 0)
		r = add_entry(scene, scene->certainty, sources, &open);
	spans_release(&certain);
	spans_release(&open);
	return r;
}

static int take_own(const struct scene *scene, size_t walk, uint32_t class,
		    const struct spans *sources, const struct spans *destinations)
{
	struct spans conditional = { 0 };
	struct spans certain = { 0 };
	int r = split(&scene->found->classes, class, destinations, &certain, &conditional);

	if (scene->before_count > 0) {
		if (r == 0 && certain.count > 0)
			r = each_class(scene, walk, &scene->before[walk]->classes, sources,
				       &certain, take_open);
	} else {
		if (r == 0)
			r = add_entry(scene, CERTAIN, sources, &certain);
		if (r == 0)
			r = add_entry(scene, CONDITIONAL, sources, &conditional);
	}
	spans_release(&certain);
	spans_release(&conditional);
	return r;
}

static int list(struct scene *scene)
{
	struct departures *found = scene->found;
	int r = 0;

	for (size_t i = found->first; i < found->count && r == 0 && !scene->entries->incomplete &&
				      found->classes.work_left > 0;
	     i++) {
		scene->departure = &found->list[i];
		r = each_class(scene, 0, &found->classes, &scene->departure->sources->spans,
			       &scene->departure->destinations, take_own);
	}
	return r;
}

/* The walks whose results others need. */
struct walks {
	struct entries *entries;
	struct ground *ground;
	size_t work;
	struct departures any;
	struct departures unmarked;
	struct departures first;
};

/* One walk, whose result is to be released also on failure. */
static int walk(struct walks *w, struct departures *found, const struct assumption *assumption,
		enum certainty certainty, struct departures *const *before, size_t before_count)
{
	struct scene scene = { w->entries, certainty, found, before, before_count, NULL };
	int r = departures_find(found, w->ground, assumption, &w->work);

	if (r == 0)
		r = list(&scene);
	w->work = found->classes.work_left;
	if (w->work == 0)
		w->entries->incomplete =
			"there are too many rules to tell what they do to all packets";
	return r;
}

/* Each base chain whose order with others is not known before these. */
static int walk_orders(struct walks *w)
{
	struct departures *const before[] = { &w->any, &w->first, &w->unmarked };
	bool has_marks = w->ground->space.has_marks;
	int r = 0;

	for (size_t i = 0; i < w->ground->count && r == 0 && w->work > 0; i++) {
		struct assumption assumption = { .is_first = true, .first = i };
		struct departures found = { 0 };

		if (!ground_is_unordered(w->ground, i))
			continue;
		r = walk(w, &w->first, &assumption, CERTAIN_FIRST, before, 1);
		assumption.unmarked = true;
		if (r == 0 && has_marks && w->work > 0)
			r = walk(w, &found, &assumption, CERTAIN_UNMARKED_FIRST, before, 3);
		departures_release(&found);
		departures_release(&w->first);
		w->first = (struct departures){ 0 };
	}
	return r;
}

int entries_find(struct entries *entries, struct ground *ground)
{
	struct walks w = { .entries = entries, .ground = ground, .work = CLASSES_WORK_MAX };
	struct departures *const before[] = { &w.any };
	struct assumption assumption = { 0 };
	int r = walk(&w, &w.any, &assumption, CERTAIN, NULL, 0);

	assumption.unmarked = true;
	if (r == 0 && ground->space.has_marks && w.work > 0)
		r = walk(&w, &w.unmarked, &assumption, CERTAIN_UNMARKED, before, 1);
	if (r == 0)
		r = walk_orders(&w);
	departures_release(&w.any);
	departures_release(&w.unmarked);
	return r;
}
