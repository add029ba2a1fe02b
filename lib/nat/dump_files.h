/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the dumps in texts, files and directories. */
#ifndef LIBIPMASQ_NAT_DUMP_FILES_H
#define LIBIPMASQ_NAT_DUMP_FILES_H

#include "nat/dump.h"

struct dump_list {
	const struct nat_dump_format *formats;
	size_t format_count;
	/* Each holds a reference to its text. */
	struct nat_dump *dumps;
	size_t count;
	size_t capacity;
	/* Of all texts that are kept, in bytes. */
	size_t size;
	/* How many files and directories were looked at. */
	size_t looked_at;
	/* iptables-nft warned of rules of iptables-legacy. */
	bool warned_of_legacy;
};

/* Adds what a source holds: a text, or all files below a directory. A text that was named and has
 * no dump is an error, with a finding: -EINVAL. Else the errors of source_read_any(). */
int dump_list_add(struct dump_list *list, const struct ipmasq_source *source,
		  struct ipmasq_diags *diags);
void dump_list_release(struct dump_list *list);

#endif
