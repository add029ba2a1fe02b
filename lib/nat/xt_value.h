/* SPDX-License-Identifier: Apache-2.0 */
/* Values as iptables prints them. Each function reads a text as a whole or refuses it. */
#ifndef LIBIPMASQ_NAT_XT_VALUE_H
#define LIBIPMASQ_NAT_XT_VALUE_H

#include "nat/nat.h"

/* Whether a text that need not end in a NUL is @word. */
bool xt_is(const char *text, size_t len, const char *word);

/* An address, CIDR (host bits are dropped), address with a netmask, or range A-B, of the family. */
bool xt_read_range(enum ipmasq_family family, const char *text, size_t len, struct range *range);
/* An address alone. */
bool xt_read_address(enum ipmasq_family family, const char *text, size_t len, struct addr *addr);
/* Decimal, octal or hexadecimal, as strtoul(3) has it. */
bool xt_read_number(const char *text, size_t len, uint32_t *number);
bool xt_read_protocol(const char *text, size_t len, uint8_t *number);
bool xt_read_port_range(const char *text, size_t len, struct nat_ports *ports);

/* Takes what is before the next comma of *@text, and moves on. False: there is nothing more. */
bool xt_next_item(const char **text, size_t *len, const char **item, size_t *item_len);

#endif
