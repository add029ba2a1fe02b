/* SPDX-License-Identifier: Apache-2.0 */
/* Reads everybody's rules of a network namespace, its interfaces, routes and addresses. */
#ifndef LIBIPMASQ_KERNEL_NAT_KERNEL_H
#define LIBIPMASQ_KERNEL_NAT_KERNEL_H

#include "nat/view.h"

/*
 * @netns     a descriptor, or -1: the caller's own
 * @families  NAT_FAMILY() bits: whose rules are of interest
 *
 * 0; -EPERM: reading rules is not permitted (CAP_NET_ADMIN over the namespace); -ENOMEM; -EAGAIN:
 * the rules changed each time while they were read; -EIO: the kernel's answers are not understood,
 * or there are none.
 */
int nat_kernel_read(int netns, unsigned int families, struct ipmasq_nat **nat);

#endif
