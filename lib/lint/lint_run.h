/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks of one run share: the configuration, what it means, and helpers for findings. */
#ifndef LIBIPMASQ_LINT_RUN_H
#define LIBIPMASQ_LINT_RUN_H

#include "lint/lint_list.h"
#include "policy/partition.h"

struct lint_run {
	const struct ipmasq_config *config;
	const struct ipmasq_policy *policy;
	/* May be NULL. */
	const struct ipmasq_options *options;
	const struct profile *profile;
	struct ipmasq_diags *diags;
	/* By enum ipmasq_list. */
	struct lint_list lists[KEY_LISTS];
	/* Of IPv4 and IPv6; NULL: the family is off. */
	struct ipmasq_partition *partitions[2];
};

/*
 * Fills in the lists and partitions for the configuration and policy. -ENOMEM; lint_run_release()
 * is due in any case.
 */
int lint_run_prepare(struct lint_run *run);
void lint_run_release(struct lint_run *run);

/* The text of a CIDR as the item at the place is quoted. */
const char *lint_quoted(const struct pos *pos, const struct prefix *prefix, char text[64]);

/* "line 7", or with the file where that is another than the finding's. */
#define LINT_PLACE_MAX 300
const char *lint_place(const struct pos *pos, const struct pos *finding, char text[LINT_PLACE_MAX]);

/* The value of a key in the first part that gives it, or NULL. */
const struct config_value *lint_given(const struct lint_run *run, enum config_key key);

/*
 * Where a finding about all traffic of a family stands: at the key that has most to do with it, or
 * where there is none, at the file as a whole.
 */
struct pos lint_head(const struct lint_run *run, enum ipmasq_family family);

/* The last entry of a family: its outbound switch. */
static inline const struct ipmasq_entry *lint_last_entry(const struct lint_run *run,
							 enum ipmasq_family family)
{
	const struct policy_family *f = policy_family(run->policy, family);

	return &f->entries[f->count - 1];
}

#endif
