/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the readers of a model ask over netlink: the kernel, or a recording of its answers. */
#ifndef LIBIPMASQ_KERNEL_NAT_WIRE_H
#define LIBIPMASQ_KERNEL_NAT_WIRE_H

#include <linux/netlink.h>

#include "util/common.h"

struct nat_wire {
	/*
	 * Hands each message of the answers to @take, up to the end of them or to an error of
	 * @take. 0; the error of @take; that of the kernel, as a negative errno; -EINTR: what is
	 * listed changed meanwhile.
	 */
	int (*ask)(struct nat_wire *wire, struct nlmsghdr *request,
		   int (*take)(void *context, const struct nlmsghdr *message), void *context);
};

#endif
