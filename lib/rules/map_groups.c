/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the elements of a map that have prefixes of the same lengths inside. */
#include "rules/map_groups.h"
#include "util/common.h"

#include <stdlib.h>

/* The lengths of the prefixes inside an element. */
struct signature {
	uint8_t lengths[MAPS_MAX];
	uint8_t count;
	uint8_t verdict;
	uint32_t element;
	size_t prefixes;
};

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_meaning(const struct signature *a, const struct signature *b)
{
	int order = COMPARE(a->verdict, b->verdict);

	if (order == 0)
		order = COMPARE(a->count, b->count);
	for (size_t i = 0; i < a->count && order == 0; i++)
		order = COMPARE(a->lengths[i], b->lengths[i]);
	return order;
}

static int compare_signatures(const void *left, const void *right)
{
	const struct signature *a = left;
	const struct signature *b = right;
	int order = compare_meaning(a, b);

	return order ? order : COMPARE(a->element, b->element);
}

/* Keeps the lengths in descending order. False: there are too many. */
static bool add_length(struct signature *s, uint8_t len, unsigned int maps)
{
	size_t at = s->count;

	while (at > 0 && s->lengths[at - 1] < len)
		at--;
	if (at > 0 && s->lengths[at - 1] == len)
		return true;
	if (s->count == maps || s->count == MAPS_MAX)
		return false;
	for (size_t i = s->count++; i > at; i--)
		s->lengths[i] = s->lengths[i - 1];
	s->lengths[at] = len;
	return true;
}

static bool sign(const struct map_division *division, uint32_t index, unsigned int maps,
		 struct signature *s)
{
	const struct map_element *element = &division->elements[index];

	*s = (struct signature){ .verdict = element->verdict,
				 .element = index,
				 .prefixes = element->count };
	if (element->count == 0 || element->count > MAP_LEAF)
		return false;
	for (size_t i = 0; i < element->count; i++)
		if (!add_length(s, division->inside[element->begin + i].prefix.len, maps))
			return false;
	return true;
}

static void add_group(struct map_groups *groups, const struct signature *list, size_t begin,
		      size_t end)
{
	struct map_group *group = &groups->list[groups->count++];

	*group = (struct map_group){ .begin = begin,
				     .count = end - begin,
				     .length_count = list[begin].count };
	for (size_t i = 0; i < group->length_count; i++)
		group->lengths[i] = list[begin].lengths[i];
}

/* Adds the groups of elements with the same lengths, which are equally large. */
static void add_groups(struct map_groups *groups, const struct signature *list, size_t begin,
		       size_t end)
{
	size_t prefixes = 0;
	size_t chains;
	size_t taken = 0;

	for (size_t i = begin; i < end; i++)
		prefixes += list[i].prefixes;
	if (prefixes <= MAP_LEAF || end - begin < 2)
		return;
	chains = (prefixes + MAP_GROUP_MAX - 1) / MAP_GROUP_MAX;
	for (size_t chain = 0; chain < chains; chain++) {
		size_t first = begin;

		while (begin < end &&
		       (taken < (chain + 1) * prefixes / chains || begin < first + 2))
			taken += list[begin++].prefixes;
		/* A single one that is left over goes with the last. */
		if (end - begin < 2)
			begin = end;
		if (begin > first)
			add_group(groups, list, first, begin);
	}
}

int map_groups_find(const struct map_division *division, unsigned int maps,
		    struct map_groups *groups)
{
	struct signature *list = malloc((division->count + 1) * sizeof(*list));
	size_t count = 0;

	*groups = (struct map_groups){
		.order = malloc((division->count + 1) * sizeof(*groups->order)),
		.list = malloc((division->count / 2 + 1) * sizeof(*groups->list)),
	};
	if (!list || !groups->order || !groups->list) {
		free(list);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < division->count && maps > 0; i++)
		count += sign(division, i, maps, &list[count]);
	array_sort(list, count, sizeof(*list), compare_signatures);
	for (size_t begin = 0, end; begin < count; begin = end) {
		for (end = begin + 1;
		     end < count && compare_meaning(&list[begin], &list[end]) == 0;)
			end++;
		add_groups(groups, list, begin, end);
	}
	for (size_t i = 0; i < count; i++)
		groups->order[i] = list[i].element;
	free(list);
	return 0;
}

void map_groups_release(struct map_groups *groups)
{
	free(groups->order);
	free(groups->list);
	*groups = (struct map_groups){ .count = 0 };
}
