/* SPDX-License-Identifier: Apache-2.0 */
/* What a running node tells beyond its rules: interfaces, routes and its own addresses. */
#ifndef LIBIPMASQ_KERNEL_NAT_SURROUNDINGS_H
#define LIBIPMASQ_KERNEL_NAT_SURROUNDINGS_H

#include "nat/view.h"
#include "node/kernel/nat_interfaces.h"
#include "node/kernel/nat_wire.h"

/* @wire: to NETLINK_ROUTE. @families: NAT_FAMILY() bits. 0, -EINTR: they changed meanwhile;
 * -ENOMEM; or an error of the kernel. */
int nat_surroundings_read(struct nat_wire *wire, const struct nat_interfaces *interfaces,
			  unsigned int families, struct ipmasq_nat *nat);

#endif
