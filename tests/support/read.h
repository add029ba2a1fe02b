/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that return the data of library objects by value. */
#ifndef TESTS_READ_H
#define TESTS_READ_H

#include "ipmasq.h"

/* Finding number @index, counted from 0; without a code or a message when there is none. */
static inline struct ipmasq_finding finding_at(const struct ipmasq_diags *diags, size_t index)
{
	struct ipmasq_finding finding = { .code = NULL };

	if (ipmasq_diags_get(diags, index, &finding, sizeof(finding)) < 0)
		finding.code = finding.message = "";
	return finding;
}

/* All zero for no entry. */
static inline struct ipmasq_entry_details entry_of(const struct ipmasq_entry *entry)
{
	struct ipmasq_entry_details info = { .host = NULL };

	ipmasq_entry_info(entry, &info, sizeof(info));
	return info;
}

/* All zero for no policy. */
static inline struct ipmasq_policy_details settings_of(const struct ipmasq_policy *policy)
{
	struct ipmasq_policy_details info = { .chain = NULL };

	ipmasq_policy_info(policy, &info, sizeof(info));
	return info;
}

#endif
