/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a legacy table, as the kernel hands it out, into a model: what its base chains reach. */
#ifndef LIBIPMASQ_KERNEL_NAT_LEGACY_H
#define LIBIPMASQ_KERNEL_NAT_LEGACY_H

#include <netinet/in.h>

#include <linux/netfilter_ipv4/ip_tables.h>

#include "node/kernel/nat_xt.h"

/* The tables that a packet which is forwarded meets. */
extern const char *const nat_legacy_tables[];
#define NAT_LEGACY_TABLES 5
/* The index of table nat. */
#define NAT_LEGACY_NAT 0

/* The base chains that it meets there. */
struct nat_legacy_hook {
	const char *name;
	unsigned int number;
	enum nat_hook hook;
};

extern const struct nat_legacy_hook nat_legacy_hooks[];
#define NAT_LEGACY_HOOKS 3

/* Whether the table, by its index, has that base chain, by its index too, and it is read. */
bool nat_legacy_has_hook(const struct ipt_getinfo *info, size_t which, size_t hook);

/*
 * @which    index of the table in nat_legacy_tables
 * @info     of either family
 * @entries  info->size bytes, aligned as malloc() aligns
 *
 * 0, -ENOMEM, or -EBADMSG: the kernel makes no such table; then the model has a part of it.
 */
int nat_legacy_read(struct nat_draft *draft, struct nat_ipsets *ipsets, enum ipmasq_family family,
		    size_t which, const struct ipt_getinfo *info, const char *entries);

#endif
