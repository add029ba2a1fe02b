/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what iptables-save prints, one table a dump, and what `iptables -S` prints. */
#ifndef LIBIPMASQ_NAT_READ_SAVE_H
#define LIBIPMASQ_NAT_READ_SAVE_H

#include "nat/dump.h"

bool read_save_begins(const char *text, size_t size);
size_t read_save_length(const char *text, size_t size, struct nat_dump_hint *hint);
int read_save(struct nat_reading *reading, const struct nat_dump *dump);

bool read_rules_begins(const char *text, size_t size);
size_t read_rules_length(const char *text, size_t size, struct nat_dump_hint *hint);
int read_rules(struct nat_reading *reading, const struct nat_dump *dump);

#endif
