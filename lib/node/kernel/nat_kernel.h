/* SPDX-License-Identifier: Apache-2.0 */
/* Reads everybody's rules of a network namespace, its interfaces, routes and addresses. */
#ifndef LIBIPMASQ_KERNEL_NAT_KERNEL_H
#define LIBIPMASQ_KERNEL_NAT_KERNEL_H

#include "nat/view.h"
#include "node/kernel/nat_draft.h"
#include "node/kernel/nat_elsewhere.h"
#include "node/kernel/nat_legacy_table.h"

/* What the caller knows already, of IPv4 and IPv6. */
struct nat_known {
	/* The legacy tables nat, where the caller has read them; else NULL. */
	const struct nat_legacy_table *nat[2];
	/* The chains of the policy that is asked for later (nat_chain.proved). */
	struct nat_proved proved[2];
};

/* How long rules that others change while they are read are read anew, about. */
#define NAT_KERNEL_PATIENCE_SECONDS 2

/*
 * Of a legacy table that is large only what its base chains reach comes into the memory of this
 * process.
 *
 * @netns     a descriptor, or -1: the caller's own
 * @families  NAT_FAMILY() bits: whose rules are of interest
 * @known     what need not be read again, or NULL
 *
 * 0; -EPERM: reading rules is not permitted (CAP_NET_ADMIN over the namespace); -ENOMEM; -EAGAIN:
 * the rules changed each time while they were read, for NAT_KERNEL_PATIENCE_SECONDS; -EIO: the
 * kernel's answers are not understood, or there are none.
 */
int nat_kernel_read(int netns, unsigned int families, const struct nat_elsewhere *elsewhere,
		    const struct nat_known *known, struct ipmasq_nat **nat);

#endif
