/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at podCIDRs, and at what happens without it. */
#include "lint/lint_pods.h"

#include <stdio.h>

#include "lint/lint_shadow.h"
#include "util/buf.h"

/* How many CIDRs one finding names; of the others it gives the number. */
#define NAMED_MAX 16

/* Whether podCIDRs has entries of a family. */
static bool has_pods(const struct lint_run *run, int side)
{
	return run->lists[IPMASQ_POD_CIDRS].top_count[side] > 0;
}

/* An entry of podCIDRs whose sources nonMasqueradeSrcCIDRs returns. */
static int report_kept(struct lint_run *run, const struct lint_item *item,
		       const struct shadow *shadow)
{
	bool all = shadow_is_whole(shadow);
	char text[PREFIX_TEXT_MAX], other[PREFIX_TEXT_MAX];
	char place[LINT_PLACE_MAX];
	char more[40] = "";

	prefix_format(&item->prefix, text);
	prefix_format(&shadow->first->prefix, other);
	if (shadow->count > 1)
		snprintf(more, sizeof(more), " and %zu more", shadow->count - 1);
	return diag_add(run->diags, all ? IPMASQ_WARNING : IPMASQ_NOTE, "pods-kept", &item->pos,
			NULL,
			"%s %s: nonMasqueradeSrcCIDRs has %s (%s)%s, so these pods keep "
			"their address",
			text, all ? "has no effect" : "has an exception", other,
			lint_place(&shadow->first->pos, &item->pos, place), more);
}

static int lint_kept(struct lint_run *run)
{
	const struct lint_list *pods = &run->lists[IPMASQ_POD_CIDRS];
	int r = 0;

	for (size_t i = 0; i < pods->count && r == 0; i++) {
		const struct lint_item *item = &pods->items[i];
		int side = item->prefix.family == IPMASQ_IPV6;
		struct shadow shadow;

		if (item->cover != ITEM_NONE || !item->prefix.family || !run->partitions[side])
			continue;
		shadow = shadow_find(&run->lists[IPMASQ_NON_MASQUERADE_SRC_CIDRS], &item->prefix);
		if (shadow.count > 0)
			r = report_kept(run, item, &shadow);
	}
	return r;
}

/* An entry of nonMasqueradeSrcCIDRs whose sources podCIDRs does not have. */
static int report_outside(struct lint_run *run, const struct lint_item *item)
{
	char text[PREFIX_TEXT_MAX];

	prefix_format(&item->prefix, text);
	return diag_add(run->diags, IPMASQ_WARNING, "outside-pods", &item->pos, NULL,
			"%s never decides: podCIDRs has none of it, so its packets are left alone "
			"anyway",
			text);
}

static int lint_outside(struct lint_run *run)
{
	const struct lint_list *sources = &run->lists[IPMASQ_NON_MASQUERADE_SRC_CIDRS];
	int r = 0;

	for (size_t i = 0; i < sources->count && r == 0; i++) {
		const struct lint_item *item = &sources->items[i];
		int side = item->prefix.family == IPMASQ_IPV6;

		if (item->cover != ITEM_NONE || !item->prefix.family || !run->partitions[side] ||
		    !has_pods(run, side))
			continue;
		if (shadow_find(&run->lists[IPMASQ_POD_CIDRS], &item->prefix).count == 0)
			r = report_outside(run, item);
	}
	return r;
}

int lint_pod_sources(struct lint_run *run)
{
	int r = lint_kept(run);

	return r < 0 ? r : lint_outside(run);
}

/* Prefixes in words, of which there may be too many to name all. */
struct naming {
	struct buf buf;
	size_t count;
};

static void name_range(struct naming *naming, enum ipmasq_family family, struct addr first,
		       struct addr last)
{
	struct prefix_split split = { .family = family, .first = first, .last = last };
	struct prefix prefix;
	char text[PREFIX_TEXT_MAX];

	while (prefix_split_next(&split, &prefix)) {
		if (naming->count++ >= NAMED_MAX)
			continue;
		prefix_format(&prefix, text);
		buf_printf(&naming->buf, "%s%s", naming->count > 1 ? ", " : "", text);
	}
}

/* Names the parts of a range that no entry of podCIDRs has. */
static void name_left_out(const struct lint_run *run, const struct prefix *range,
			  struct naming *naming)
{
	int side = range->family == IPMASQ_IPV6;
	const struct lint_list *pods = &run->lists[IPMASQ_POD_CIDRS];
	struct addr next = range->addr;
	struct addr end = prefix_last(range);

	for (size_t i = 0; i < pods->top_count[side]; i++) {
		const struct prefix *top = &pods->tops[side][i].prefix;

		if (prefix_covers(top, range))
			return;
		if (!prefix_covers(range, top))
			continue;
		if (addr_compare(next, top->addr) < 0)
			name_range(naming, range->family, next, addr_previous(top->addr));
		if (addr_equal(prefix_last(top), end))
			return;
		next = addr_next(prefix_last(top));
	}
	name_range(naming, range->family, next, end);
}

static int lint_left_out(struct lint_run *run, const struct prefix *range)
{
	const struct lint_list *pods = &run->lists[IPMASQ_POD_CIDRS];
	struct naming naming = { .buf = BUF_INIT };
	char text[PREFIX_TEXT_MAX];
	int r = 0;

	name_left_out(run, range, &naming);
	if (naming.count > NAMED_MAX)
		buf_printf(&naming.buf, " and %zu more", naming.count - NAMED_MAX);
	prefix_format(range, text);
	if (naming.buf.error)
		r = -ENOMEM;
	else if (naming.count > 0)
		r = diag_add(run->diags, IPMASQ_WARNING, "pod-range-left-out", &pods->pos, NULL,
			     "pod range %s: %s %s in no entry of podCIDRs, so nothing that these "
			     "pods send is masqueraded",
			     text, naming.buf.data, naming.count == 1 ? "is" : "are");
	buf_release(&naming.buf);
	return r;
}

static bool outbound_on(const struct lint_run *run, int side)
{
	return run->partitions[side] &&
	       lint_last_entry(run, side ? IPMASQ_IPV6 : IPMASQ_IPV4)->verdict == IPMASQ_MASQUERADE;
}

/* Whether something shows that a family is used: for IPv6, that something names it. */
static bool is_used(const struct lint_run *run, int side)
{
	bool used = side == 0 || run->policy->ipv6 == IPMASQ_ON ||
		    lint_given(run, KEY_MASQ_OUT_BOUND_IPV6) ||
		    lint_given(run, KEY_MASQ_LINK_LOCAL_IPV6);

	for (size_t k = 0; k < ARRAY_SIZE(run->lists); k++)
		used |= run->lists[k].top_count[1] > 0;
	for (size_t i = 0; run->options && i < run->options->range_count; i++)
		used |= run->options->ranges[i].prefix.family == IPMASQ_IPV6;
	return used;
}

static int lint_missing_family(struct lint_run *run, int side)
{
	const struct lint_list *pods = &run->lists[IPMASQ_POD_CIDRS];

	if (has_pods(run, side) || !has_pods(run, !side) || !outbound_on(run, side) ||
	    !is_used(run, side))
		return 0;
	return diag_add(run->diags, IPMASQ_WARNING, "pod-family-missing", &pods->pos, NULL,
			"podCIDRs has no IPv%d entry, so every source of IPv%d is treated as a pod",
			side ? 6 : 4, side ? 6 : 4);
}

int lint_pods_left_out(struct lint_run *run)
{
	int r = 0;

	for (int side = 0; side < 2 && r == 0; side++)
		r = lint_missing_family(run, side);
	for (size_t i = 0; run->options && i < run->options->range_count && r == 0; i++) {
		const struct lint_range *range = &run->options->ranges[i];
		int side = range->prefix.family == IPMASQ_IPV6;

		if (range->which == IPMASQ_POD_CIDR && run->partitions[side] && has_pods(run, side))
			r = lint_left_out(run, &range->prefix);
	}
	return r;
}

/* Whether some destination of a range is masqueraded. */
static bool masquerades_some(const struct ipmasq_partition *partition, const struct prefix *range)
{
	struct addr last = prefix_last(range);
	uint8_t bytes[16];
	size_t i;

	addr_to_bytes(range->family, range->addr, bytes);
	for (i = ipmasq_partition_find(partition, bytes);
	     i < partition->count && addr_compare(partition->starts[i], last) <= 0; i++)
		if (ipmasq_entry_verdict(ipmasq_partition_get(partition, i, NULL, NULL)) ==
		    IPMASQ_MASQUERADE)
			return true;
	return false;
}

/* Whether all destinations of a family are masqueraded, link-local ones aside. */
static bool masquerades_all(const struct ipmasq_partition *partition)
{
	const struct ipmasq_entry *entry;

	for (size_t i = 0; (entry = ipmasq_partition_get(partition, i, NULL, NULL)); i++)
		if (entry->verdict == IPMASQ_RETURN && entry->origin != IPMASQ_ORIGIN_LINK_LOCAL)
			return false;
	return true;
}

/* Whether traffic to pods is masqueraded: those of --pod-cidr, or where they can only be. */
static bool masquerades_pods(const struct lint_run *run, int side)
{
	const struct ipmasq_partition *partition = run->partitions[side];
	bool any = false;

	if (!partition || !is_used(run, side))
		return false;
	for (size_t i = 0; run->options && i < run->options->range_count; i++) {
		const struct lint_range *range = &run->options->ranges[i];

		if (range->which != IPMASQ_POD_CIDR ||
		    (range->prefix.family == IPMASQ_IPV6) != side)
			continue;
		if (masquerades_some(partition, &range->prefix))
			return true;
		any = true;
	}
	return !any && masquerades_all(partition);
}

int lint_no_pods(struct lint_run *run)
{
	if (!config_knows(run->config, KEY_POD_CIDRS) || lint_given(run, KEY_POD_CIDRS))
		return 0;
	for (int side = 0; side < 2; side++) {
		enum ipmasq_family family = side ? IPMASQ_IPV6 : IPMASQ_IPV4;
		struct pos pos = lint_head(run, family);

		if (masquerades_pods(run, side))
			return diag_add(run->diags, IPMASQ_NOTE, "pod-cidrs-missing", &pos, NULL,
					"IPv%d clients that a NodePort or load balancer brings to "
					"pods lose their address; podCIDRs with the ranges of all "
					"pods leaves them alone",
					(int)family);
	}
	return 0;
}
