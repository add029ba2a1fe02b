/* SPDX-License-Identifier: Apache-2.0 */
/* For each range of a policy, the entries that match all of it besides the deciding one. */
#include "explain/override_index.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The addresses of an entry. */
struct span {
	const struct ipmasq_entry *entry;
	/* The position in decision order. */
	size_t order;
	uint8_t first[16];
	uint8_t last[16];
};

struct override_index {
	/* Every entry by destination, outer ones before those within them. */
	struct span *spans;
	size_t count;
	/* The first span that no range has reached yet. */
	size_t next;
	/* The spans around the range, innermost last. CIDRs are disjoint or nested. */
	const struct span **open;
	size_t open_count;
	const struct span **found;
	const struct ipmasq_entry **overrides;
	/* The length of an address. */
	size_t bytes;
};

static int span_compare(const void *a, const void *b)
{
	const struct span *left = a;
	const struct span *right = b;
	int order = memcmp(left->first, right->first, sizeof(left->first));

	if (order == 0)
		order = memcmp(right->last, left->last, sizeof(left->last));
	if (order == 0)
		order = left->order < right->order ? -1 : left->order > right->order;
	return order;
}

/* Returns false for entries that do not depend on the destination. */
static bool span_fill(struct span *span, const struct ipmasq_entry *entry, size_t order)
{
	struct ipmasq_entry_details info;

	ipmasq_entry_info(entry, &info, sizeof(info));
	if (info.origin <= IPMASQ_ORIGIN_NON_MASQUERADE_SRC || info.origin == IPMASQ_ORIGIN_NONE)
		return false;
	*span = (struct span){ .entry = entry, .order = order };
	memcpy(span->first, info.first, sizeof(span->first));
	memcpy(span->last, info.last, sizeof(span->last));
	return true;
}

struct override_index *override_index_new(const struct ipmasq_policy *policy,
					  enum ipmasq_family family)
{
	size_t count = ipmasq_policy_entry_count(policy, family);
	struct override_index *index = calloc(1, sizeof(*index));

	if (!index)
		return NULL;
	index->spans = calloc(count, sizeof(*index->spans));
	index->open = calloc(count, sizeof(*index->open));
	index->found = calloc(count, sizeof(*index->found));
	index->overrides = calloc(count, sizeof(*index->overrides));
	index->bytes = family == IPMASQ_IPV4 ? 4 : 16;
	if (!index->spans || !index->open || !index->found || !index->overrides) {
		override_index_free(index);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		if (span_fill(&index->spans[index->count], ipmasq_policy_entry(policy, family, i),
			      i))
			index->count++;
	if (index->count > 1)
		qsort(index->spans, index->count, sizeof(*index->spans), span_compare);
	return index;
}

void override_index_free(struct override_index *index)
{
	if (!index)
		return;
	free(index->spans);
	free(index->open);
	free(index->found);
	free(index->overrides);
	free(index);
}

void override_index_rewind(struct override_index *index)
{
	index->next = 0;
	index->open_count = 0;
}

static void close_spans_before(struct override_index *index, const uint8_t *address)
{
	while (index->open_count > 0 &&
	       memcmp(index->open[index->open_count - 1]->last, address, index->bytes) < 0)
		index->open_count--;
}

static void move_to(struct override_index *index, const uint8_t *address)
{
	for (; index->next < index->count; index->next++) {
		const struct span *span = &index->spans[index->next];

		if (memcmp(span->first, address, index->bytes) > 0)
			break;
		close_spans_before(index, span->first);
		index->open[index->open_count++] = span;
	}
	close_spans_before(index, address);
}

static int compare_order(const void *a, const void *b)
{
	const struct span *left = *(const struct span *const *)a;
	const struct span *right = *(const struct span *const *)b;

	return left->order < right->order ? -1 : left->order > right->order;
}

size_t override_index_find(struct override_index *index, const struct ipmasq_entry *decider,
			   const uint8_t *first, const uint8_t *last,
			   const struct ipmasq_entry *const **overrides)
{
	size_t found = 0;
	size_t count = 0;

	move_to(index, first);
	for (size_t i = 0; i < index->open_count; i++)
		if (memcmp(index->open[i]->last, last, index->bytes) >= 0)
			index->found[found++] = index->open[i];
	if (found > 1)
		qsort(index->found, found, sizeof(struct span *), compare_order);
	/*
	 * Entries before the deciding one cannot match. So the deciding one comes first, or is not
	 * in the list because it decides by the source.
	 */
	for (size_t i = 0; i < found; i++)
		if (index->found[i]->entry != decider)
			index->overrides[count++] = index->found[i]->entry;
	*overrides = index->overrides;
	return count;
}
