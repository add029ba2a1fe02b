/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what `ipset save` and `ipset list` print: the sets to which rules refer. */
#ifndef LIBIPMASQ_NAT_READ_IPSET_H
#define LIBIPMASQ_NAT_READ_IPSET_H

#include "nat/dump.h"

bool read_ipset_save_begins(const char *text, size_t size);
size_t read_ipset_save_length(const char *text, size_t size, struct nat_dump_hint *hint);
int read_ipset_save(struct nat_reading *reading, const struct nat_dump *dump);

bool read_ipset_list_begins(const char *text, size_t size);
size_t read_ipset_list_length(const char *text, size_t size, struct nat_dump_hint *hint);
int read_ipset_list(struct nat_reading *reading, const struct nat_dump *dump);

#endif
