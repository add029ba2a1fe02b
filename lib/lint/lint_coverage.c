/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the entries that masquerade traffic to the cluster's own ranges. */
#include "lint/lint_coverage.h"

#include <stdlib.h>

#include "util/buf.h"
#include "util/common.h"

/* How many CIDRs one finding names; of the others it gives the number. */
#define NAMED_MAX 64

static const struct {
	const char *code;
	const char *what;
	const char *harm;
} kinds[] = {
	[IPMASQ_POD_CIDR] = { "pod-range-masqueraded", "pod range",
			      "pods would see a node's address instead of each other's" },
	[IPMASQ_NODE_CIDR] = { "node-range-masqueraded", "node range",
			       "nodes would see another node's address instead of the pod's" },
	[IPMASQ_SERVICE_CIDR] = { "service-range-masqueraded", "service range",
				  "traffic to the address of a service would be masqueraded" },
};

/* A part of a range that one entry masquerades: one of the fewest CIDRs. */
struct piece {
	uint32_t entry;
	struct prefix prefix;
};

struct pieces {
	struct piece *pieces;
	size_t count;
	size_t capacity;
};

static int add_pieces(struct pieces *pieces, enum ipmasq_family family, uint32_t entry,
		      struct addr first, struct addr last)
{
	struct prefix_split split = { .family = family, .first = first, .last = last };
	struct prefix prefix;

	while (prefix_split_next(&split, &prefix)) {
		int r = array_grow(&pieces->pieces, &pieces->capacity, pieces->count,
				   sizeof(*pieces->pieces));

		if (r < 0)
			return r;
		pieces->pieces[pieces->count++] = (struct piece){ entry, prefix };
	}
	return 0;
}

static int find_pieces(const struct lint_run *run, const struct prefix *range,
		       struct pieces *pieces)
{
	const struct ipmasq_partition *partition = run->partitions[range->family == IPMASQ_IPV6];
	const struct policy_family *f = policy_family(run->policy, range->family);
	struct addr first = range->addr;
	struct addr last = prefix_last(range);
	uint8_t bytes[16];
	int r = 0;

	addr_to_bytes(range->family, first, bytes);
	for (size_t i = ipmasq_partition_find(partition, bytes); i < partition->count && r == 0;
	     i++) {
		struct addr end = partition_last(partition, i);
		const struct ipmasq_entry *entry = ipmasq_partition_get(partition, i, NULL, NULL);

		if (addr_compare(last, end) < 0)
			end = last;
		if (entry->verdict == IPMASQ_MASQUERADE)
			r = add_pieces(pieces, range->family, (uint32_t)(entry - f->entries), first,
				       end);
		if (addr_equal(end, last))
			break;
		first = addr_next(end);
	}
	return r;
}

static int compare_pieces(const void *a, const void *b)
{
	const struct piece *left = a;
	const struct piece *right = b;

	if (left->entry != right->entry)
		return left->entry < right->entry ? -1 : 1;
	return addr_compare(left->prefix.addr, right->prefix.addr);
}

static void put_pieces(struct buf *buf, const struct piece *pieces, size_t count)
{
	char text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < count && i < NAMED_MAX; i++) {
		prefix_format(&pieces[i].prefix, text);
		buf_printf(buf, "%s%s", i > 0 ? ", " : "", text);
	}
	if (count > NAMED_MAX)
		buf_printf(buf, " and %zu more", count - NAMED_MAX);
}

/* Reports the pieces of a range that one entry masquerades. */
static int report_pieces(struct lint_run *run, const struct lint_range *range,
			 const struct piece *pieces, size_t count)
{
	const struct policy_family *f = policy_family(run->policy, range->prefix.family);
	const struct ipmasq_entry *entry = &f->entries[pieces->entry];
	struct pos pos = entry->pos.text ? entry->pos : lint_head(run, range->prefix.family);
	char text[PREFIX_TEXT_MAX];
	char cidr[IPMASQ_TEXT_MAX];
	CLEANUP(buf_release) struct buf list = BUF_INIT;

	prefix_format(&range->prefix, text);
	put_pieces(&list, pieces, count);
	if (list.error)
		return -ENOMEM;
	return diag_add(run->diags, IPMASQ_WARNING, kinds[range->which].code, &pos, NULL,
			"%s %s: %s %s masqueraded by %s%s%s; %s", kinds[range->which].what, text,
			list.data, count == 1 ? "is" : "are", entry_cidr(entry, cidr) ? cidr : "",
			entry_cidr(entry, cidr) ? " in " : "", ipmasq_origin_name(entry->origin),
			kinds[range->which].harm);
}

static int lint_range(struct lint_run *run, const struct lint_range *range)
{
	struct pieces pieces = { 0 };
	size_t start = 0;
	int r = find_pieces(run, &range->prefix, &pieces);

	if (r == 0)
		array_sort(pieces.pieces, pieces.count, sizeof(*pieces.pieces), compare_pieces);
	for (size_t i = 1; i <= pieces.count && r == 0; i++) {
		if (i < pieces.count && pieces.pieces[i].entry == pieces.pieces[start].entry)
			continue;
		r = report_pieces(run, range, &pieces.pieces[start], i - start);
		start = i;
	}
	free(pieces.pieces);
	return r;
}

/* Whether all sources of a range are returned, by one of the lists for sources. */
static bool is_source_kept(const struct lint_run *run, const struct prefix *range, int side)
{
	const struct lint_list *list = &run->lists[IPMASQ_NON_MASQUERADE_SRC_CIDRS];
	const struct lint_list *pods = &run->lists[IPMASQ_POD_CIDRS];

	for (size_t i = 0; i < list->top_count[side]; i++)
		if (prefix_covers(&list->tops[side][i].prefix, range))
			return true;
	for (size_t i = 0; i < pods->top_count[side]; i++)
		if (prefix_covers(&pods->tops[side][i].prefix, range) ||
		    prefix_covers(range, &pods->tops[side][i].prefix))
			return false;
	return pods->top_count[side] > 0;
}

/* Whether the pods of the given ranges keep their source, whatever the destination. */
static bool are_sources_kept(const struct lint_run *run, int side)
{
	bool any = false;

	for (size_t i = 0; i < run->options->range_count; i++) {
		const struct lint_range *range = &run->options->ranges[i];

		if (range->which != IPMASQ_POD_CIDR ||
		    (range->prefix.family == IPMASQ_IPV6) != side)
			continue;
		if (!is_source_kept(run, &range->prefix, side))
			return false;
		any = true;
	}
	return any;
}

int lint_coverage(struct lint_run *run)
{
	int r = 0;

	for (size_t i = 0; run->options && i < run->options->range_count && r == 0; i++) {
		const struct lint_range *range = &run->options->ranges[i];
		int side = range->prefix.family == IPMASQ_IPV6;

		if (run->partitions[side] && !are_sources_kept(run, side))
			r = lint_range(run, range);
	}
	return r;
}
