/* SPDX-License-Identifier: Apache-2.0 */
/* Reads dumps of all formats into a model. */
#ifndef LIBIPMASQ_NAT_DUMP_READ_H
#define LIBIPMASQ_NAT_DUMP_READ_H

#include "nat/dump.h"

/*
 * Reads what iptables and nft printed on a node into a new model, which is complete. Each source is
 * a text, which may hold several dumps, with other lines between them, or a directory that is
 * searched for such files. Where two dumps tell of one table, the one that says more is used.
 *
 * @diags  gets errors, and warnings about what cannot be read; may be NULL
 *
 * Errors, all with a finding: -EINVAL a text or directory holds no dump, or one that cannot be
 * read; -EFBIG more than 64 MiB in a file, or 256 MiB or 500,000 files in all; -ENOENT, -EACCES,
 * -EIO. -ENOMEM.
 */
int nat_read_dumps(const struct ipmasq_source *sources, size_t count, struct ipmasq_diags *diags,
		   struct nat_model **model);

#endif
