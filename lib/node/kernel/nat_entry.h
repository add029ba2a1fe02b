/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entries of a legacy table, of either family, that are not trusted to be whole. The rules of a
 * chain follow each other. A chain that a user made has an entry with its name in front and ends
 * with one that returns; the table ends with an entry that has the name ERROR. A base chain begins
 * and ends where the header says.
 */
#ifndef LIBIPMASQ_KERNEL_NAT_ENTRY_H
#define LIBIPMASQ_KERNEL_NAT_ENTRY_H

#include <linux/netfilter/x_tables.h>

#include "nat/nat.h"

struct nat_entry {
	/* struct ipt_ip or ip6t_ip6. */
	const char *part;
	size_t matches;
	size_t target;
	size_t len;
	bool is_goto;
};

static inline bool nat_entry_is_aligned(size_t offset)
{
	return offset == XT_ALIGN(offset);
}

/* Whether the name in a structure of that size ends there. */
bool nat_entry_has_name(const char *name, size_t size);

/* The entry at @at, at most @size, of so many bytes. False: it is not whole. */
bool nat_entry_at(enum ipmasq_family family, const char *entries, size_t size, size_t at,
		  struct nat_entry *e);

/* Whether one begins at the offset, where all before it are whole. */
bool nat_entry_starts_at(enum ipmasq_family family, const char *entries, size_t size,
			 size_t offset);

const struct xt_entry_target *nat_entry_target(const struct nat_entry *e);
/* Of the options of the target. */
size_t nat_entry_target_len(const struct nat_entry *e);

/* The entry has the name of a chain, or ends the table. */
bool nat_entry_is_head(const struct nat_entry *e);

/* Where a target without a name leads to: the offset of an entry, or a negative number. False: it
 * has another target, or is none. */
bool nat_entry_code(const struct nat_entry *e, int *code);

#endif
