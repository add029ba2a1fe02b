/* SPDX-License-Identifier: Apache-2.0 */
/* Which entries would have decided for a range, had others not been there? */
#include "explain/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct span {
	const struct ipmasq_entry *entry;
	size_t index; /* in decision order */
	uint8_t first[16];
	uint8_t last[16];
};

struct lineage {
	struct span *spans; /* every entry by destination, outer ones before those within them */
	size_t count;
	size_t next; /* the first span that no range has reached yet */
	const struct span **open; /* those around the range, innermost last: CIDRs nest, if at all
				   */
	size_t open_count;
	const struct span **found;
	const struct ipmasq_entry **overrides;
	size_t bytes; /* of an address */
};

static int span_compare(const void *a, const void *b)
{
	const struct span *left = a;
	const struct span *right = b;
	int order = memcmp(left->first, right->first, sizeof(left->first));

	if (order == 0)
		order = memcmp(right->last, left->last, sizeof(left->last));
	if (order == 0)
		order = left->index < right->index ? -1 : left->index > right->index;
	return order;
}

/* False for entries that say nothing about destinations, or nothing at all. */
static bool span_fill(struct span *span, const struct ipmasq_entry *entry, size_t index)
{
	enum ipmasq_origin origin = ipmasq_entry_origin(entry);
	enum ipmasq_family family;
	char cidr[IPMASQ_TEXT_MAX];

	if (origin == IPMASQ_ORIGIN_NON_MASQUERADE_SRC || origin == IPMASQ_ORIGIN_NONE)
		return false;
	*span = (struct span){ .entry = entry, .index = index };
	memset(span->last, 0xff, sizeof(span->last));
	if (ipmasq_entry_cidr(entry, cidr))
		ipmasq_parse_cidr(cidr, NULL, &family, span->first, span->last);
	return true;
}

struct lineage *lineage_new(const struct ipmasq_policy *policy, enum ipmasq_family family)
{
	size_t count = ipmasq_policy_entry_count(policy, family);
	struct lineage *lineage = calloc(1, sizeof(*lineage));

	if (!lineage)
		return NULL;
	lineage->spans = calloc(count, sizeof(*lineage->spans));
	lineage->open = calloc(count, sizeof(*lineage->open));
	lineage->found = calloc(count, sizeof(*lineage->found));
	lineage->overrides = calloc(count, sizeof(*lineage->overrides));
	lineage->bytes = family == IPMASQ_IPV4 ? 4 : 16;
	if (!lineage->spans || !lineage->open || !lineage->found || !lineage->overrides) {
		lineage_free(lineage);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		if (span_fill(&lineage->spans[lineage->count],
			      ipmasq_policy_entry(policy, family, i), i))
			lineage->count++;
	qsort(lineage->spans, lineage->count, sizeof(*lineage->spans), span_compare);
	return lineage;
}

void lineage_free(struct lineage *lineage)
{
	if (!lineage)
		return;
	free(lineage->spans);
	free(lineage->open);
	free(lineage->found);
	free(lineage->overrides);
	free(lineage);
}

void lineage_rewind(struct lineage *lineage)
{
	lineage->next = 0;
	lineage->open_count = 0;
}

static void close_before(struct lineage *lineage, const uint8_t *address)
{
	while (lineage->open_count > 0 &&
	       memcmp(lineage->open[lineage->open_count - 1]->last, address, lineage->bytes) < 0)
		lineage->open_count--;
}

static void move_to(struct lineage *lineage, const uint8_t *address)
{
	for (; lineage->next < lineage->count; lineage->next++) {
		const struct span *span = &lineage->spans[lineage->next];

		if (memcmp(span->first, address, lineage->bytes) > 0)
			break;
		close_before(lineage, span->first);
		lineage->open[lineage->open_count++] = span;
	}
	close_before(lineage, address);
}

static int order_compare(const void *a, const void *b)
{
	const struct span *left = *(const struct span *const *)a;
	const struct span *right = *(const struct span *const *)b;

	return left->index < right->index ? -1 : left->index > right->index;
}

size_t lineage_of(struct lineage *lineage, const struct ipmasq_entry *after, const uint8_t *first,
		  const uint8_t *last, const struct ipmasq_entry *const **overrides)
{
	size_t found = 0;
	size_t count = 0;

	move_to(lineage, first);
	for (size_t i = 0; i < lineage->open_count; i++)
		if (memcmp(lineage->open[i]->last, last, lineage->bytes) >= 0)
			lineage->found[found++] = lineage->open[i];
	qsort(lineage->found, found, sizeof(struct span *), order_compare);
	/* What comes before the deciding entry cannot match too; so it is the first, or, when it
	 * decides by the source, is not there. */
	for (size_t i = 0; i < found; i++)
		if (lineage->found[i]->entry != after)
			lineage->overrides[count++] = lineage->found[i]->entry;
	*overrides = lineage->overrides;
	return count;
}
