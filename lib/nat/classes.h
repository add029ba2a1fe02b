/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources that have fared alike so far, as classes: for each, which destinations are where on the
 * way. A rule about some sources splits them off; classes that have become equal are joined.
 */
#ifndef LIBIPMASQ_NAT_CLASSES_H
#define LIBIPMASQ_NAT_CLASSES_H

#include "nat/atoms.h"

#define NO_ATOM	 UINT32_MAX
#define NO_CLASS UINT32_MAX

/* The sets of destinations that a class has. */
enum level {
	/* For which some outcome is, or may be, what the policy wants. */
	LEVEL_AGREED,
	/* Those that left the base chain; where several are asked in an order that is not known,
	 * also what they were given, and what each of them so far let pass. */
	LEVEL_LEFT,
	LEVEL_GIVEN,
	LEVEL_PASSED,
	/* Those that a base chain whose policy is to drop let go to its end. */
	LEVEL_DROPPED,
	/* Those that are in a base chain. The chain that a rule there leads to has the next. */
	LEVEL_BASE,
};

/* Sources that a record shares with others. */
struct source_set {
	struct source_set *next;
	struct spans spans;
};

struct class
{
	/* The levels, each of `words` of the classes. */
	uint64_t *bits;
	size_t levels;
	/* Of the bits; 0: not calculated. */
	uint64_t hash;
	/* The policy returns them whatever their destination. */
	bool excluded;
	/* Its atoms, in no order. */
	uint32_t head;
	size_t count;
	/* NULL: its atoms changed since, or nobody asked. */
	const struct source_set *set;
	/* While some of its atoms are taken out: how many, and to where. */
	size_t taken;
	uint32_t to;
	/* For the caller, to tell classes of a list. False otherwise. */
	bool inside;
};

struct classes {
	/* Of a level. */
	size_t words;
	struct class *list;
	size_t count;
	size_t capacity;
	/* Of each atom: its class, or NO_CLASS, and its neighbours in there. */
	uint32_t *of;
	uint32_t *next;
	uint32_t *before;
	size_t atoms;
	struct source_set *sets;
	/* How much more work is done; 0: it was too much. */
	size_t work_left;
};

/* How much work is done for all walks of a family: a second at most. */
#define CLASSES_WORK_MAX 200000000

/* @work: how much of it. -ENOMEM. */
int classes_begin(struct classes *classes, size_t atoms, size_t destinations, size_t work);
void classes_release(struct classes *classes);

/* Adds a class of all the atoms, with no destination at any level. -ENOMEM. */
int classes_add(struct classes *classes, const struct spans *atoms, bool excluded, uint32_t *class);

/* Has a level at least. New ones have no destination. -ENOMEM. */
int class_need_level(struct classes *classes, uint32_t class, size_t level);

static inline uint64_t *class_level(const struct classes *classes, uint32_t class, size_t level)
{
	return classes->list[class].bits + level * classes->words;
}

/* Marks that the bits change. */
static inline void class_touch(struct classes *classes, uint32_t class)
{
	classes->list[class].hash = 0;
}

/* Numbers of classes. */
struct class_list {
	uint32_t *list;
	size_t count;
	size_t capacity;
};

int class_list_add(struct class_list *list, uint32_t class);

/*
 * Adds to @taken the classes of exactly these atoms. One that also has others is split: its atoms
 * among these become a class of their own, which is added to @from as well. -ENOMEM.
 */
int classes_take(struct classes *classes, const struct spans *atoms, struct class_list *from,
		 struct class_list *taken);

/* Joins each class of @some, which are in @all too, with one of @all that is equal, and removes
 * those that are empty then from @all. */
void classes_join(struct classes *classes, const struct class_list *some, struct class_list *all);

/* Its atoms, in order. NULL: there is no memory. */
const struct source_set *class_sources(struct classes *classes, uint32_t class);

/* Counts work. False: it is too much. */
static inline bool classes_work(struct classes *classes, size_t work)
{
	classes->work_left -= work < classes->work_left ? work : classes->work_left;
	return classes->work_left > 0;
}

#endif
