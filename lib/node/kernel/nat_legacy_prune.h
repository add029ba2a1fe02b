/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves of a legacy table what its base chains reach. */
#ifndef LIBIPMASQ_KERNEL_NAT_LEGACY_PRUNE_H
#define LIBIPMASQ_KERNEL_NAT_LEGACY_PRUNE_H

#include "node/kernel/nat_legacy.h"

/*
 * Makes it a table of which nat_legacy_read() reads the same: the chains that this reads move to
 * the front of the entries, and the header says where they are. Its size is bounded by theirs.
 * Makes only async-signal-safe calls.
 *
 * @which    index of the table in nat_legacy_tables
 * @info     of either family
 * @entries  info->size bytes, aligned as malloc() aligns
 *
 * 0, -ENOMEM, or -EBADMSG: the kernel makes no such table; then the entries are as they were.
 */
int nat_legacy_prune(enum ipmasq_family family, size_t which, struct ipt_getinfo *info,
		     char *entries);

/*
 * For a process of its own: gets a table of the kernel by the socket that is its stdin, and writes
 * its header and its entries to stdout, pruned. @table: what nat_legacy_number() makes. Returns 0
 * or a positive errno: EAGAIN means that another process has just replaced the table.
 */
int nat_legacy_send(int table);
int nat_legacy_number(enum ipmasq_family family, size_t which);

#endif
