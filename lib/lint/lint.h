/* SPDX-License-Identifier: Apache-2.0 */
/* What is legal but probably not meant? How lint.c and the files of checks work together. */
#ifndef LIBIPMASQ_LINT_H
#define LIBIPMASQ_LINT_H

#include "policy/partition.h"

#define ITEM_NONE UINT32_MAX

struct lint_item {
	struct prefix prefix;
	struct pos pos;
	uint32_t part; /* of the configuration */
	uint32_t cover; /* the item that is or has all of this one and stays, or ITEM_NONE */
};

/* An item that no other one of its list covers. Sorted by address they are disjoint. */
struct lint_top {
	struct prefix prefix;
	uint32_t item;
};

/* One list in all parts, duplicates included, in the order read. */
struct lint_list {
	enum config_key key;
	bool given;
	struct pos pos; /* of the key, where it is given */
	struct lint_item *items;
	size_t count;
	struct lint_top *tops[2]; /* of IPv4 and IPv6 */
	size_t top_count[2];
};

struct lint_run {
	const struct ipmasq_config *config;
	const struct ipmasq_policy *policy;
	const struct ipmasq_options *options; /* may be NULL */
	const struct profile *profile;
	struct ipmasq_diags *diags;
	struct lint_list lists[3]; /* by enum ipmasq_list */
	struct ipmasq_partition *partitions[2]; /* of IPv4 and IPv6; NULL: the family is off */
};

/* 0 or -ENOMEM, all of them. */
typedef int lint_fn(struct lint_run *run);

lint_fn lint_superfluous; /* lint_lists.c */
lint_fn lint_mergeable;
lint_fn lint_shadowed;
lint_fn lint_entries; /* lint_values.c */
lint_fn lint_numbers;
lint_fn lint_empty; /* lint_outcome.c */
lint_fn lint_outcome;
lint_fn lint_ipv6;
lint_fn lint_coverage; /* lint_coverage.c */

/* Fills in the covers and tops of a list. -ENOMEM. */
int lint_find_tops(struct lint_list *list);

/* Adds the edit that takes an item out of its list; nothing where it is not certain how. @leads: no
 * item that stays is before it. -ENOMEM. */
int lint_edit_removal(struct ipmasq_diags *diags, const struct pos *pos, bool leads);

/* The text of a CIDR as the item at the place is quoted. */
const char *lint_quoted(const struct pos *pos, const struct prefix *prefix, char text[64]);

/* "line 7", or with the file where that is another than the finding's. */
#define LINT_PLACE_MAX 300
const char *lint_place(const struct pos *pos, const struct pos *finding, char text[LINT_PLACE_MAX]);

/* Where a finding about the configuration as a whole stands: the line that has most to do with it.
 */
struct pos lint_head(const struct lint_run *run);

/* The last entry of a family: its outbound switch. */
static inline const struct ipmasq_entry *lint_last_entry(const struct lint_run *run,
							 enum ipmasq_family family)
{
	const struct policy_family *f = policy_family(run->policy, family);

	return &f->entries[f->count - 1];
}

#endif
