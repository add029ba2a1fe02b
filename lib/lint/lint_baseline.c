/* SPDX-License-Identifier: Apache-2.0 */
/* Reports what a policy changes against another, as findings. */
#include <stdio.h>
#include <string.h>

#include "util/buf.h"
#include "policy/partition.h"

/* What two policies make of sources: by nonMasqueradeSrcCIDRs only, or by podCIDRs as well. */
static const char *const source_ways[2][2] = {
	{ [IPMASQ_RETURN] = "into nonMasqueradeSrcCIDRs",
	  [IPMASQ_MASQUERADE] = "out of nonMasqueradeSrcCIDRs" },
	{ [IPMASQ_RETURN] = "from what the destination says to RETURN",
	  [IPMASQ_MASQUERADE] = "from RETURN to what the destination says" },
};

static void put_number(struct buf *buf, const struct ipmasq_diff *diff, enum ipmasq_family family,
		       bool sources, enum ipmasq_verdict to, bool pods)
{
	char number[IPMASQ_TEXT_MAX];
	const char *way;

	ipmasq_diff_addresses(diff, family, sources, to, number);
	if (strcmp(number, "0") == 0)
		return;
	if (sources)
		way = source_ways[pods][to];
	else
		way = to == IPMASQ_RETURN ? "from MASQUERADE to RETURN"
					  : "from RETURN to MASQUERADE";
	buf_printf(buf, "%s%s IPv%d %s%s %s", buf->len > 0 ? ", " : "", number, (int)family,
		   sources ? "source" : "destination", strcmp(number, "1") == 0 ? "" : "s", way);
}

/* The first file as a whole. */
static struct pos file_of(const struct ipmasq_policy *policy)
{
	return (struct pos){ .text = policy->text_count > 0 ? policy->texts[0] : NULL };
}

static bool has_pods(const struct ipmasq_policy *policy)
{
	return policy->families[0].pod_count > 0 || policy->families[1].pod_count > 0;
}

static int report_summary(const struct ipmasq_policy *before, const struct ipmasq_policy *after,
			  const struct ipmasq_diff *diff, struct ipmasq_diags *diags)
{
	bool pods = has_pods(before) || has_pods(after);
	CLEANUP(buf_release) struct buf buf = BUF_INIT;
	size_t cidrs = ipmasq_diff_count(diff);
	struct pos pos = file_of(after);

	if (cidrs == 0)
		return 0;
	for (int sources = 0; sources < 2; sources++) {
		put_number(&buf, diff, IPMASQ_IPV4, sources, IPMASQ_MASQUERADE, pods);
		put_number(&buf, diff, IPMASQ_IPV4, sources, IPMASQ_RETURN, pods);
		put_number(&buf, diff, IPMASQ_IPV6, sources, IPMASQ_MASQUERADE, pods);
		put_number(&buf, diff, IPMASQ_IPV6, sources, IPMASQ_RETURN, pods);
	}
	if (buf.error)
		return -ENOMEM;
	return diag_add(diags, IPMASQ_NOTE, "baseline", &pos, NULL,
			"%zu CIDR%s against the baseline: %s", cidrs,
			cidrs == 1 ? " differs" : "s differ", buf.data);
}

static void put_entry(struct buf *buf, const struct ipmasq_entry *entry)
{
	char cidr[IPMASQ_TEXT_MAX];

	if (!entry) {
		buf_puts(buf, "no entry of nonMasqueradeSrcCIDRs");
		return;
	}
	if (entry->origin == IPMASQ_ORIGIN_NONE)
		buf_puts(buf, "no entry");
	else if (entry_cidr(entry, cidr))
		buf_printf(buf, "%s in %s", cidr, ipmasq_origin_name(entry->origin));
	else
		buf_puts(buf, ipmasq_origin_name(entry->origin));
	if (entry->pos.text)
		buf_printf(buf, " (%s:%u:%u)", entry->pos.text->name, entry->pos.line,
			   entry->pos.column);
	else
		buf_puts(buf, " (built-in default)");
}

static int report_change(const struct ipmasq_policy *policy,
			 const struct ipmasq_difference *difference, struct ipmasq_diags *diags)
{
	bool masquerade = difference->to == IPMASQ_MASQUERADE;
	const struct ipmasq_entry *entry = difference->after;
	CLEANUP(buf_release) struct buf before = BUF_INIT;
	CLEANUP(buf_release) struct buf after = BUF_INIT;
	size_t more = difference->part_count - 1;
	char text[IPMASQ_TEXT_MAX];
	char others[64] = "";
	const char *way;
	struct pos pos;

	put_entry(&before, difference->before);
	put_entry(&after, entry);
	if (before.error || after.error)
		return -ENOMEM;
	if (more > 0)
		snprintf(others, sizeof(others), ", and by others in %zu more part%s of it", more,
			 more == 1 ? "" : "s");
	pos = entry && entry->pos.text ? entry->pos : file_of(policy);
	if (difference->sources)
		way = source_ways[true][difference->to];
	else
		way = masquerade ? "from RETURN to MASQUERADE" : "from MASQUERADE to RETURN";
	ipmasq_format_range(difference->family, difference->first, difference->last, text);
	return diag_add(diags, IPMASQ_NOTE, "verdict-change", &pos, NULL,
			"%s%s changes %s: before by %s, now by %s%s",
			difference->sources ? "source " : "", text, way, before.data, after.data,
			others);
}

IPMASQ_EXPORT int ipmasq_policy_compare(const struct ipmasq_policy *before,
					const struct ipmasq_policy *after,
					struct ipmasq_diags *diags)
{
	struct ipmasq_difference difference;
	struct ipmasq_diff *diff;
	int r;

	if (!diags)
		return -EINVAL;
	r = ipmasq_diff_new(before, after, &diff);
	if (r < 0)
		return r;
	r = report_summary(before, after, diff, diags);
	for (size_t i = 0; r == 0 && ipmasq_diff_get(diff, i, &difference, sizeof(difference)) == 0;
	     i++)
		r = report_change(after, &difference, diags);
	ipmasq_diff_free(diff);
	return r;
}
