/* SPDX-License-Identifier: Apache-2.0 */
/* Whose rules there are on a node, told by the names and shapes that programs give them. */
#ifndef LIBIPMASQ_NAT_OWNERS_H
#define LIBIPMASQ_NAT_OWNERS_H

#include "nat/way.h"

struct nat_owner {
	const char *name;
	/* What it handles never comes from pods: it has bridges of its own. */
	bool never_pods;
};

/* Whose a rule, or the policy of a base chain, is; NULL: nothing tells it. */
const struct nat_owner *nat_owner_of(const struct nat_at *at);

#endif
