/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for entries of nonMasqueradeCIDRs that an earlier step decides. */
#include "lint/lint_shadow.h"

#include <stdio.h>

static const struct addr whole = { (uint64_t)1 << 63, 0 };
static const struct addr half = { (uint64_t)1 << 62, 0 };

bool shadow_is_whole(const struct shadow *shadow)
{
	return addr_compare(shadow->share, whole) >= 0;
}

static void add_share(struct addr *sum, unsigned int deeper)
{
	struct addr share = { 0, 0 };

	if (deeper < 64)
		share.hi = (uint64_t)1 << (63 - deeper);
	else if (deeper < 128)
		share.lo = (uint64_t)1 << (127 - deeper);
	sum->lo += share.lo;
	sum->hi += share.hi + (sum->lo < share.lo);
}

/* The first of the sorted tops that ends at the address or after it. */
static size_t first_top(const struct lint_list *list, int side, struct addr addr)
{
	size_t low = 0;
	size_t high = list->top_count[side];

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (addr_compare(prefix_last(&list->tops[side][middle].prefix), addr) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct shadow shadow_find(const struct lint_list *list, const struct prefix *prefix)
{
	int side = prefix->family == IPMASQ_IPV6;
	struct addr last = prefix_last(prefix);
	struct shadow shadow = { .share = { 0, 0 } };

	for (size_t i = first_top(list, side, prefix->addr); i < list->top_count[side]; i++) {
		const struct lint_top *top = &list->tops[side][i];

		if (addr_compare(top->prefix.addr, last) > 0)
			break;
		if (!shadow.first || top->item < (uint32_t)(shadow.first - list->items))
			shadow.first = &list->items[top->item];
		shadow.count++;
		if (top->prefix.len <= prefix->len)
			shadow.share = whole;
		else
			add_share(&shadow.share, (unsigned int)(top->prefix.len - prefix->len));
	}
	return shadow;
}

static int report_masqueraded(struct lint_run *run, const struct lint_item *item,
			      const struct shadow *shadow)
{
	bool all = shadow_is_whole(shadow);
	char text[PREFIX_TEXT_MAX], winner[PREFIX_TEXT_MAX];
	char place[LINT_PLACE_MAX];
	char more[40] = "";

	prefix_format(&item->prefix, text);
	prefix_format(&shadow->first->prefix, winner);
	if (shadow->count > 1)
		snprintf(more, sizeof(more), " and %zu more", shadow->count - 1);
	return diag_add(run->diags, all ? IPMASQ_WARNING : IPMASQ_NOTE,
			all ? "shadowed-entry" : "shadowed-part", &item->pos, NULL,
			"%s %s: masqueradeCIDRs wins with %s (%s)%s", text,
			all ? "never decides" : "does not decide for half of its addresses or more",
			winner, lint_place(&shadow->first->pos, &item->pos, place), more);
}

/* The entry for link-local destinations of a family, or NULL. It comes after masqueradeCIDRs. */
static const struct ipmasq_entry *find_link_local(const struct lint_run *run,
						  enum ipmasq_family family)
{
	const struct policy_family *f = policy_family(run->policy, family);

	for (size_t i = f->source_count; f->entries[i].origin <= IPMASQ_ORIGIN_LINK_LOCAL; i++)
		if (f->entries[i].origin == IPMASQ_ORIGIN_LINK_LOCAL)
			return &f->entries[i];
	return NULL;
}

static int report_link_local(struct lint_run *run, const struct lint_item *item,
			     const struct ipmasq_entry *entry)
{
	char text[PREFIX_TEXT_MAX], winner[PREFIX_TEXT_MAX];

	prefix_format(&item->prefix, text);
	prefix_format(&entry->prefix, winner);
	return diag_add(run->diags, IPMASQ_NOTE, "shadowed-entry", &item->pos, NULL,
			"%s never decides: link-local addresses, %s, are returned earlier, with "
			"the same verdict",
			text, winner);
}

int lint_shadowed(struct lint_run *run)
{
	const struct lint_list *list = &run->lists[IPMASQ_NON_MASQUERADE_CIDRS];
	const struct ipmasq_entry *link_local[2] = { find_link_local(run, IPMASQ_IPV4),
						     find_link_local(run, IPMASQ_IPV6) };
	int r = 0;

	for (size_t i = 0; i < list->count && r == 0; i++) {
		const struct lint_item *item = &list->items[i];
		int side = item->prefix.family == IPMASQ_IPV6;
		struct shadow shadow;

		if (item->cover != ITEM_NONE || !item->prefix.family || !run->partitions[side])
			continue;
		shadow = shadow_find(&run->lists[IPMASQ_MASQUERADE_CIDRS], &item->prefix);
		if (addr_compare(shadow.share, half) >= 0)
			r = report_masqueraded(run, item, &shadow);
		else if (link_local[side] &&
			 prefix_covers(&link_local[side]->prefix, &item->prefix))
			r = report_link_local(run, item, link_local[side]);
	}
	return r;
}
