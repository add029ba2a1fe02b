/* SPDX-License-Identifier: Apache-2.0 */
/* A flow as the kernel lists it: a message of ctnetlink. */
#ifndef LIBIPMASQ_KERNEL_FLOW_H
#define LIBIPMASQ_KERNEL_FLOW_H

#include <linux/netlink.h>

#include "util/prefix.h"

struct flow {
	/* Of its first packet, as it was sent. */
	struct addr src;
	/* Where that packet went in the end, as POSTROUTING sees it. */
	struct addr dst;
	/* The sender as the destination sees it. */
	struct addr seen;
	uint8_t proto;
};

/* The attributes that identify a flow, in the message. Those that it lacks are NULL; `id` is there.
 */
struct flow_identity {
	const struct nlattr *original;
	const struct nlattr *zone;
	const struct nlattr *id;
};

/* @message is whole, as mnl_nlmsg_ok() has it. False: it is not a flow of that family with an id.
 */
bool flow_read(enum ipmasq_family family, const struct nlmsghdr *message, struct flow *flow,
	       struct flow_identity *identity);

#endif
