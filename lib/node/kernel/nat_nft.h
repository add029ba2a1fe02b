/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what nf_tables does to packets that are forwarded into a model: base chains, and what they
 * reach. */
#ifndef LIBIPMASQ_KERNEL_NAT_NFT_H
#define LIBIPMASQ_KERNEL_NAT_NFT_H

#include "node/kernel/nat_interfaces.h"
#include "node/kernel/nat_wire.h"
#include "node/kernel/nat_xt.h"

/*
 * @families  NAT_FAMILY() bits of those that are of interest; tables of both are always
 * @ipsets    may be NULL, as @interfaces
 *
 * 0; -EINTR: the rules changed meanwhile, so the model has parts of both; -ENOMEM; -EBADMSG: the
 * answers are not understood; or an error of the kernel.
 */
int nat_nft_read(struct nat_draft *draft, struct nat_wire *wire, struct nat_ipsets *ipsets,
		 const struct nat_interfaces *interfaces, unsigned int families);

#endif
