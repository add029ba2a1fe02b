/* SPDX-License-Identifier: Apache-2.0 */
/* Splits and joins classes of sources. */
#include "nat/classes.h"

#include <stdlib.h>
#include <string.h>

#include "util/common.h"
#include "util/hash.h"

/* With how many classes one is compared. */
#define COMPARED_MAX 64

int classes_begin(struct classes *classes, size_t atoms, size_t destinations, size_t work)
{
	*classes = (struct classes){
		.words = (destinations + 63) / 64,
		.atoms = atoms,
		.work_left = work,
	};
	classes->of = malloc(atoms * sizeof(*classes->of));
	classes->next = malloc(atoms * sizeof(*classes->next));
	classes->before = malloc(atoms * sizeof(*classes->before));
	if (!classes->of || !classes->next || !classes->before)
		return -ENOMEM;
	for (size_t i = 0; i < atoms; i++)
		classes->of[i] = NO_CLASS;
	return 0;
}

void classes_release(struct classes *classes)
{
	for (size_t i = 0; i < classes->count; i++)
		free(classes->list[i].bits);
	for (struct source_set *set = classes->sets, *next; set; set = next) {
		next = set->next;
		spans_release(&set->spans);
		free(set);
	}
	free(classes->list);
	free(classes->of);
	free(classes->next);
	free(classes->before);
}

static void put(struct classes *classes, uint32_t class, uint32_t atom)
{
	struct class *to = &classes->list[class];

	classes->of[atom] = class;
	classes->before[atom] = NO_ATOM;
	classes->next[atom] = to->head;
	if (to->head != NO_ATOM)
		classes->before[to->head] = atom;
	to->head = atom;
	to->count++;
	to->set = NULL;
}

static void take_out(struct classes *classes, uint32_t atom)
{
	struct class *from = &classes->list[classes->of[atom]];
	uint32_t before = classes->before[atom];
	uint32_t next = classes->next[atom];

	if (before == NO_ATOM)
		from->head = next;
	else
		classes->next[before] = next;
	if (next != NO_ATOM)
		classes->before[next] = before;
	from->count--;
	from->set = NULL;
}

static int new_class(struct classes *classes, size_t levels, bool excluded, uint32_t *class)
{
	struct class made = { .levels = levels, .excluded = excluded, .head = NO_ATOM };

	if (array_grow(&classes->list, &classes->capacity, classes->count, sizeof(made)))
		return -ENOMEM;
	made.bits = calloc(levels * classes->words, sizeof(*made.bits));
	if (!made.bits)
		return -ENOMEM;
	*class = (uint32_t)classes->count;
	classes->list[classes->count++] = made;
	return 0;
}

int classes_add(struct classes *classes, const struct spans *atoms, bool excluded, uint32_t *class)
{
	int r = new_class(classes, LEVEL_BASE + 3, excluded, class);

	for (size_t i = 0; i < atoms->count && r == 0; i++) {
		for (uint32_t atom = atoms->list[i].first; atom < atoms->list[i].end; atom++)
			put(classes, *class, atom);
	}
	return r;
}

int class_need_level(struct classes *classes, uint32_t class, size_t level)
{
	struct class *it = &classes->list[class];
	size_t levels = level + 3;
	uint64_t *bits;

	if (level < it->levels)
		return 0;
	bits = realloc(it->bits, levels * classes->words * sizeof(*bits));
	if (!bits)
		return -ENOMEM;
	memset(bits + it->levels * classes->words, 0,
	       (levels - it->levels) * classes->words * sizeof(*bits));
	it->bits = bits;
	it->levels = levels;
	return 0;
}

int class_list_add(struct class_list *list, uint32_t class)
{
	int r = array_grow(&list->list, &list->capacity, list->count, sizeof(class));

	if (r == 0)
		list->list[list->count++] = class;
	return r;
}

/* The class that the taken atoms of @class go to: itself, where these are all. */
static int begin_split(struct classes *classes, uint32_t class, struct class_list *from,
		       struct class_list *taken)
{
	uint32_t to = class;
	int r = 0;

	if (classes->list[class].taken < classes->list[class].count) {
		size_t levels = classes->list[class].levels;

		r = new_class(classes, levels, classes->list[class].excluded, &to);
		if (r < 0)
			return r;
		memcpy(classes->list[to].bits, classes->list[class].bits,
		       levels * classes->words * sizeof(uint64_t));
		classes->list[to].hash = classes->list[class].hash;
		classes_work(classes, levels * classes->words);
		r = class_list_add(from, to);
	}
	classes->list[class].to = to;
	return r < 0 ? r : class_list_add(taken, to);
}

int classes_take(struct classes *classes, const struct spans *atoms, struct class_list *from,
		 struct class_list *taken)
{
	struct class_list touched = { 0 };
	int r = 0;

	for (size_t i = 0; i < atoms->count && r == 0; i++) {
		classes_work(classes, atoms->list[i].end - atoms->list[i].first);
		for (uint32_t atom = atoms->list[i].first; atom < atoms->list[i].end && r == 0;
		     atom++) {
			uint32_t class = classes->of[atom];

			if (class != NO_CLASS && classes->list[class].taken++ == 0)
				r = class_list_add(&touched, class);
		}
	}
	for (size_t i = 0; i < touched.count && r == 0; i++)
		r = begin_split(classes, touched.list[i], from, taken);
	for (size_t i = 0; i < atoms->count && r == 0; i++) {
		for (uint32_t atom = atoms->list[i].first; atom < atoms->list[i].end; atom++) {
			uint32_t class = classes->of[atom];

			if (class == NO_CLASS || classes->list[class].to == class ||
			    classes->list[class].taken == 0)
				continue;
			take_out(classes, atom);
			put(classes, classes->list[class].to, atom);
		}
	}
	for (size_t i = 0; i < touched.count; i++)
		classes->list[touched.list[i]].taken = 0;
	free(touched.list);
	return r;
}

static uint64_t hash_of(struct classes *classes, uint32_t class)
{
	struct class *it = &classes->list[class];
	size_t words = it->levels * classes->words;
	uint64_t hash = HASH_START;

	if (it->hash == 0) {
		classes_work(classes, words);
		/* A class of more levels may be equal, so those without a destination do not
		 * count. */
		for (size_t i = 0; i < words; i++) {
			if (it->bits[i])
				hash = hash_number(hash_number(hash, i), it->bits[i]);
		}
		it->hash = hash ? hash : 1;
	}
	return it->hash;
}

static bool is_equal(struct classes *classes, uint32_t left, uint32_t right)
{
	const struct class *a = &classes->list[left];
	const struct class *b = &classes->list[right];
	size_t words;

	if (a->excluded != b->excluded || hash_of(classes, left) != hash_of(classes, right))
		return false;
	if (a->levels > b->levels) {
		a = b;
		b = &classes->list[left];
	}
	words = a->levels * classes->words;
	classes_work(classes, words);
	if (memcmp(a->bits, b->bits, words * sizeof(*a->bits)) != 0)
		return false;
	for (size_t i = words; i < b->levels * classes->words; i++) {
		if (b->bits[i])
			return false;
	}
	return true;
}

/* Moves all atoms, of which the first has the fewer. */
static void unite(struct classes *classes, uint32_t from, uint32_t to)
{
	classes_work(classes, classes->list[from].count);
	while (classes->list[from].head != NO_ATOM) {
		uint32_t atom = classes->list[from].head;

		take_out(classes, atom);
		put(classes, to, atom);
	}
	/* No list has it any more once classes_join() is through. */
	free(classes->list[from].bits);
	classes->list[from].bits = NULL;
	classes->list[from].levels = 0;
}

void classes_join(struct classes *classes, const struct class_list *some, struct class_list *all)
{
	size_t kept = 0;

	for (size_t i = 0; i < some->count; i++) {
		size_t compared = all->count < COMPARED_MAX ? all->count : COMPARED_MAX;
		uint32_t class = some->list[i];

		classes_work(classes, compared);
		for (size_t j = 0; j < compared; j++) {
			uint32_t other = all->list[j];

			if (other == class || classes->list[other].count == 0 ||
			    classes->list[class].count == 0 || !is_equal(classes, class, other))
				continue;
			if (classes->list[class].count < classes->list[other].count)
				unite(classes, class, other);
			else
				unite(classes, other, class);
			break;
		}
	}
	for (size_t i = 0; i < all->count; i++) {
		if (classes->list[all->list[i]].count > 0)
			all->list[kept++] = all->list[i];
	}
	classes_work(classes, all->count);
	all->count = kept;
}

static int compare_atoms(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left;
	uint32_t b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

static int collect(const struct classes *classes, uint32_t class, struct spans *spans)
{
	const struct class *it = &classes->list[class];
	uint32_t *atoms = malloc((it->count + 1) * sizeof(*atoms));
	size_t count = 0;
	int r = 0;

	if (!atoms)
		return -ENOMEM;
	for (uint32_t atom = it->head; atom != NO_ATOM; atom = classes->next[atom])
		atoms[count++] = atom;
	array_sort(atoms, count, sizeof(*atoms), compare_atoms);
	for (size_t i = 0; i < count && r == 0; i++)
		r = spans_add(spans, atoms[i], atoms[i] + 1);
	free(atoms);
	return r;
}

const struct source_set *class_sources(struct classes *classes, uint32_t class)
{
	struct source_set *set = (struct source_set *)(uintptr_t)classes->list[class].set;

	if (set)
		return set;
	set = calloc(1, sizeof(*set));
	if (!set)
		return NULL;
	classes_work(classes, 8 * classes->list[class].count);
	set->next = classes->sets;
	classes->sets = set;
	if (collect(classes, class, &set->spans) < 0)
		return NULL;
	classes->list[class].set = set;
	return set;
}
