/* SPDX-License-Identifier: Apache-2.0 */
/* Gets a legacy table of the kernel for nat_legacy_read(). */
#ifndef LIBIPMASQ_KERNEL_NAT_LEGACY_TABLE_H
#define LIBIPMASQ_KERNEL_NAT_LEGACY_TABLE_H

#include "node/kernel/nat_elsewhere.h"
#include "node/kernel/nat_legacy.h"

struct nat_legacy_table {
	struct ipt_getinfo info;
	/* To be freed. */
	char *entries;
};

void nat_legacy_table_free(struct nat_legacy_table *table);

/*
 * @fd     a socket of the family
 * @which  index of the table in nat_legacy_tables
 *
 * 0; -EAGAIN: another process has just replaced the table; -ENOENT: it was taken away; -ENOMEM; or
 * another negative errno.
 */
int nat_legacy_table_get(const struct nat_elsewhere *elsewhere, int fd, enum ipmasq_family family,
			 size_t which, struct nat_legacy_table *table);

#endif
