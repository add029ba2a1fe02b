/* SPDX-License-Identifier: Apache-2.0 */
/* The network interfaces of a namespace. */
#ifndef LIBIPMASQ_KERNEL_NAT_INTERFACES_H
#define LIBIPMASQ_KERNEL_NAT_INTERFACES_H

#include "node/kernel/nat_wire.h"

struct nat_interfaces {
	/* In the order of the indices below. */
	char **names;
	uint32_t *indices;
	size_t count;
	size_t capacity;
	size_t index_capacity;
};

/* Lists them. 0, or an error as nat_wire has it. The caller releases them in any case. */
int nat_interfaces_read(struct nat_wire *wire, struct nat_interfaces *interfaces);
void nat_interfaces_release(struct nat_interfaces *interfaces);

/* NULL: there is none of this index. */
const char *nat_interface_name(const struct nat_interfaces *interfaces, uint32_t index);

#endif
