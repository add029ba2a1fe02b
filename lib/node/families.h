/* SPDX-License-Identifier: Apache-2.0 */
/* Does something for both families, one after the other. */
#ifndef LIBIPMASQ_FAMILIES_H
#define LIBIPMASQ_FAMILIES_H

#include "node/work.h"

/* Empties the report and calls @act with a copy of @common for each family, for the second one also
 * where the first failed. Returns the first error. */
int families_do(const struct work *common, int (*act)(struct work *w));

/* The same for a policy. */
int families_do_policy(struct ipmasq_node *node, const struct ipmasq_policy *policy,
		       struct ipmasq_report *report, struct ipmasq_diags *diags,
		       int (*act)(struct work *w));

#endif
