/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of a legacy table, as the kernel hands them out. Only async-signal-safe calls. */
#ifndef LIBIPMASQ_KERNEL_ENTRIES_H
#define LIBIPMASQ_KERNEL_ENTRIES_H

#include <netinet/in.h>

#include <linux/netfilter_ipv4/ip_tables.h>

#include "util/common.h"

/*
 * Gets a table of AF_INET or AF_INET6. The structures of IPv4 serve both families, except for the
 * entries themselves. @entries: memory that ends with the process. False: there is no such table,
 * or it cannot be read.
 */
bool entries_get(int family, const char *table, struct ipt_getinfo *info,
		 struct ipt_get_entries **entries);

/* The same by a socket of the family. 0, or a negative errno: -EAGAIN where another process has
 * just replaced the table. */
int entries_ask(int fd, int family, const char *table, struct ipt_getinfo *info,
		struct ipt_get_entries **entries);

/* Whether the entries have a chain of this name that a user made. */
bool entries_have_chain(int family, const struct ipt_get_entries *entries, const char *name);

/* Whether a list of tables, as /proc/net/ip_tables_names has it, names this one. */
bool entries_names_have(const char *names, const char *table);

#endif
