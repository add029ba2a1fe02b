/* SPDX-License-Identifier: Apache-2.0 */
/* What does a policy change against another, as findings? */
#include <stdio.h>
#include <string.h>

#include "util/buf.h"
#include "policy/partition.h"

/* What differs in one family: destinations, or sources. */
struct difference {
	enum ipmasq_family family;
	bool sources;
	struct ipmasq_diff *diff;
};

#define DIFFERENCES 4

static int find_destinations(const struct ipmasq_policy *const policies[2],
			     struct difference *difference)
{
	struct ipmasq_partition *partitions[2] = { NULL, NULL };
	int r = ipmasq_partition_new(policies[0], difference->family, &partitions[0]);

	if (r == 0)
		r = ipmasq_partition_new(policies[1], difference->family, &partitions[1]);
	if (r == 0)
		r = ipmasq_diff_new(partitions[0], partitions[1], &difference->diff);
	ipmasq_partition_free(partitions[0]);
	ipmasq_partition_free(partitions[1]);
	return r;
}

/* Nothing differs in a family that neither has rules for. */
static int find_differences(const struct ipmasq_policy *const policies[2],
			    struct difference *differences)
{
	bool off = policies[0]->ipv6 == IPMASQ_OFF && policies[1]->ipv6 == IPMASQ_OFF;
	int r = 0;

	for (size_t i = 0; i < DIFFERENCES && r == 0; i++) {
		struct difference *difference = &differences[i];

		difference->family = i % 2 ? IPMASQ_IPV6 : IPMASQ_IPV4;
		difference->sources = i >= 2;
		if (off && difference->family == IPMASQ_IPV6)
			continue;
		r = difference->sources
			    ? ipmasq_diff_sources_new(policies[0], policies[1], difference->family,
						      &difference->diff)
			    : find_destinations(policies, difference);
	}
	return r;
}

static void put_number(struct buf *buf, const struct difference *difference, enum ipmasq_verdict to)
{
	char number[IPMASQ_TEXT_MAX];
	const char *way;

	ipmasq_diff_addresses(difference->diff, to, number);
	if (strcmp(number, "0") == 0)
		return;
	if (difference->sources)
		way = to == IPMASQ_RETURN ? "into nonMasqueradeSrcCIDRs"
					  : "out of nonMasqueradeSrcCIDRs";
	else
		way = to == IPMASQ_RETURN ? "from MASQUERADE to RETURN"
					  : "from RETURN to MASQUERADE";
	buf_printf(buf, "%s%s IPv%d %s%s %s", buf->len > 0 ? ", " : "", number,
		   (int)difference->family, difference->sources ? "source" : "destination",
		   strcmp(number, "1") == 0 ? "" : "s", way);
}

/* The file as a whole. */
static struct pos file_of(const struct ipmasq_policy *policy)
{
	return (struct pos){ .text = policy->text_count > 0 ? policy->texts[0] : NULL };
}

static int report_summary(const struct ipmasq_policy *after, const struct difference *differences,
			  struct ipmasq_diags *diags)
{
	CLEANUP(buf_release) struct buf buf = BUF_INIT;
	struct pos pos = file_of(after);
	size_t cidrs = 0;

	for (size_t i = 0; i < DIFFERENCES; i++) {
		if (!differences[i].diff)
			continue;
		cidrs += ipmasq_diff_count(differences[i].diff);
		put_number(&buf, &differences[i], IPMASQ_MASQUERADE);
		put_number(&buf, &differences[i], IPMASQ_RETURN);
	}
	if (buf.error)
		return -ENOMEM;
	if (cidrs == 0)
		return 0;
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

static int report_change(const struct ipmasq_policy *policy, const struct difference *difference,
			 size_t index, struct ipmasq_diags *diags)
{
	bool masquerade = ipmasq_diff_verdict(difference->diff, index) == IPMASQ_MASQUERADE;
	size_t more = ipmasq_diff_part_count(difference->diff, index) - 1;
	CLEANUP(buf_release) struct buf before = BUF_INIT;
	CLEANUP(buf_release) struct buf after = BUF_INIT;
	const struct ipmasq_entry *entries[2];
	char text[IPMASQ_TEXT_MAX];
	uint8_t first[16], last[16];
	char others[64] = "";
	const char *way;
	struct pos pos;

	ipmasq_diff_get(difference->diff, index, first, last, &entries[0], &entries[1]);
	put_entry(&before, entries[0]);
	put_entry(&after, entries[1]);
	if (before.error || after.error)
		return -ENOMEM;
	if (more > 0)
		snprintf(others, sizeof(others), ", and by others in %zu more part%s of it", more,
			 more == 1 ? "" : "s");
	pos = entries[1] && entries[1]->pos.text ? entries[1]->pos : file_of(policy);
	if (difference->sources)
		way = masquerade ? "from RETURN to what the destination says"
				 : "from what the destination says to RETURN";
	else
		way = masquerade ? "from RETURN to MASQUERADE" : "from MASQUERADE to RETURN";
	return diag_add(diags, IPMASQ_NOTE, "verdict-change", &pos, NULL,
			"%s%s changes %s: before by %s, now by %s%s",
			difference->sources ? "source " : "",
			ipmasq_format_range(difference->family, first, last, text), way,
			before.data, after.data, others);
}

IPMASQ_EXPORT int ipmasq_policy_compare(const struct ipmasq_policy *before,
					const struct ipmasq_policy *after,
					struct ipmasq_diags *diags)
{
	const struct ipmasq_policy *const policies[2] = { before, after };
	struct difference differences[DIFFERENCES] = { 0 };
	int r = find_differences(policies, differences);

	if (r == 0)
		r = report_summary(after, differences, diags);
	for (size_t i = 0; i < DIFFERENCES; i++) {
		for (size_t k = 0;
		     r == 0 && differences[i].diff && k < ipmasq_diff_count(differences[i].diff);
		     k++)
			r = report_change(after, &differences[i], k, diags);
		ipmasq_diff_free(differences[i].diff);
	}
	return r;
}
