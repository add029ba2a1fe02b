/* SPDX-License-Identifier: Apache-2.0 */
/* Opens netlink sockets in network namespaces. */
#ifndef LIBIPMASQ_KERNEL_NETNS_SOCKET_H
#define LIBIPMASQ_KERNEL_NETNS_SOCKET_H

#include <libmnl/libmnl.h>

#include "util/common.h"

/* Calls @there in a network namespace, by a short-lived thread: what it opens stays in there.
 * @netns: a descriptor, or -1: the caller's own. 0, -ENOMEM, or the error of setns(2). */
int netns_call(int netns, void (*there)(void *context), void *context);

/* @netns: as above. @bus: NETLINK_NETFILTER and the like. 0, or a
 * negative errno. */
int netns_socket_open(int netns, int bus, struct mnl_socket **socket);

#endif
