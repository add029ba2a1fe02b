/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over the flows that a kernel remembers, and ends some of them. */
#ifndef LIBIPMASQ_CONNTRACK_H
#define LIBIPMASQ_CONNTRACK_H

#include "node/kernel/flow.h"

struct conntrack_counts {
	size_t matched;
	size_t ended;
	/* Matched, but the kernel has handed them to hardware or a flow table, and keeps them. */
	size_t busy;
};

/*
 * Calls @match for every flow of the family in the network namespace (-1: the caller's), in memory
 * that does not depend on their number. Flows from or to an address of the machine itself are
 * skipped. With @end those that match are ended, each exactly that flow and never a new one of the
 * same addresses and ports.
 *
 * 0, -EPERM, -EOPNOTSUPP: the kernel does not list flows; -ENOMEM, -EIO.
 */
int conntrack_each(int netns, enum ipmasq_family family,
		   bool (*match)(const struct flow *flow, void *context), void *context, bool end,
		   struct conntrack_counts *counts);

#endif
