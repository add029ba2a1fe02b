/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets and files by which the rules of a network namespace are read, all opened there. */
#ifndef LIBIPMASQ_KERNEL_NAT_SOCKETS_H
#define LIBIPMASQ_KERNEL_NAT_SOCKETS_H

#include "node/kernel/nat_wire.h"

struct nat_sockets {
	/* Of NETLINK_NETFILTER and NETLINK_ROUTE. */
	int netfilter;
	int route;
	/* Datagram sockets of AF_INET and AF_INET6, whose options hold the legacy tables; -1 for a
	 * family that the kernel does not have. */
	int inet[2];
	/* The names of those tables; -1: the kernel has none, or does not tell. */
	int names[2];
};

/* @netns: a descriptor, or -1. 0; -EPERM; -ENOMEM; or the error of a system call. */
int nat_sockets_open(int netns, struct nat_sockets *sockets);
void nat_sockets_close(struct nat_sockets *sockets);

/* A wire to the kernel. */
struct nat_live_wire {
	struct nat_wire wire;
	int fd;
	uint32_t seq;
	/* Room for an answer. */
	char *room;
};

/* @fd stays the caller's. -ENOMEM. */
int nat_live_wire_init(struct nat_live_wire *live, int fd);
void nat_live_wire_release(struct nat_live_wire *live);

#endif
