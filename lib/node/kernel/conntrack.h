/* SPDX-License-Identifier: Apache-2.0 */
/* The flows that a kernel remembers, one after the other, and an end to some. */
#ifndef LIBIPMASQ_CONNTRACK_H
#define LIBIPMASQ_CONNTRACK_H

#include "util/prefix.h"

struct flow {
	struct addr src; /* of its first packet, as it was sent */
	struct addr dst; /* where that went in the end, which POSTROUTING sees */
	struct addr seen; /* what the destination sees as the sender */
	uint8_t proto;
};

struct conntrack_counts {
	size_t matched; /* the flows that were asked for */
	size_t ended;
	size_t busy; /* the kernel has handed these to hardware or a flow table, and keeps them */
};

/*
 * Asks @match of every flow of the family in the network namespace (-1: the caller's), streamed, so
 * in memory that does not depend on their number. Flows from or to an address of the machine's own
 * are passed over. With @end those that match are ended, each exactly that flow and never a new one
 * of the same addresses and ports.
 *
 * -EPERM, -EOPNOTSUPP: the kernel does not tell of flows; -ENOMEM, -EIO.
 */
int conntrack_each(int netns, enum ipmasq_family family,
		   bool (*match)(const struct flow *flow, void *context), void *context, bool end,
		   struct conntrack_counts *counts);

#endif
