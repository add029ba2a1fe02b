/* SPDX-License-Identifier: Apache-2.0 */
/* One finding of a list. */
#ifndef TESTS_FINDINGS_H
#define TESTS_FINDINGS_H

#include "ipmasq.h"

/* Finding number @index, counted from 0; without a code or a message when there is none. */
static inline struct ipmasq_finding finding_at(const struct ipmasq_diags *diags, size_t index)
{
	struct ipmasq_finding finding = { .code = NULL };

	if (ipmasq_diags_get(diags, index, &finding, sizeof(finding)) < 0)
		finding.code = finding.message = "";
	return finding;
}

#endif
