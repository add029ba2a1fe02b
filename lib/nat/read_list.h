/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what `iptables -L` prints, with -v and -n or without, and with line numbers or without. */
#ifndef LIBIPMASQ_NAT_READ_LIST_H
#define LIBIPMASQ_NAT_READ_LIST_H

#include "nat/dump.h"

bool read_list_begins(const char *text, size_t size);
size_t read_list_length(const char *text, size_t size, struct nat_dump_hint *hint);
int read_list(struct nat_reading *reading, const struct nat_dump *dump);

#endif
