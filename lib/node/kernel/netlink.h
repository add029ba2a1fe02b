/* SPDX-License-Identifier: Apache-2.0 */
/* A request to the kernel over netlink, and its answers. */
#ifndef LIBIPMASQ_KERNEL_NETLINK_H
#define LIBIPMASQ_KERNEL_NETLINK_H

#include <linux/netlink.h>

#include "util/common.h"

/*
 * Sends @request, which may stand in @room, and hands each answer to @take: 1: more answers follow;
 * 0: that was the last one; else the negative errno to return. Each is received into @room, of
 * @size bytes. Async-signal-safe, where @take is.
 *
 * 0; what @take returned; -EMSGSIZE: an answer does not fit; or the error of a system call.
 */
int netlink_ask(int fd, const struct nlmsghdr *request, void *room, size_t size,
		int (*take)(void *context, const void *answer, size_t len), void *context);

#endif
