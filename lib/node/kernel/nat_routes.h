/* SPDX-License-Identifier: Apache-2.0 */
/* By which interfaces a network namespace sends to which addresses, and which are its own. */
#ifndef LIBIPMASQ_KERNEL_NAT_ROUTES_H
#define LIBIPMASQ_KERNEL_NAT_ROUTES_H

#include "node/kernel/nat_route_map.h"
#include "node/kernel/nat_wire.h"
#include "util/ranges.h"

/* What was found. */
struct nat_route_table {
	/* The interface of each address, or what the address is. */
	struct nat_route_map map;
	/* Addresses of the node itself. United. */
	struct ranges own;
};

/* @wire: to NETLINK_ROUTE. 0, -EINTR: they changed meanwhile; -ENOMEM; or an error of the kernel.
 * The caller releases the table in any case. */
int nat_routes_read(struct nat_wire *wire, enum ipmasq_family family,
		    struct nat_route_table *table);
void nat_route_table_release(struct nat_route_table *table);

#endif
