/* SPDX-License-Identifier: Apache-2.0 */
/* Which table of which iptables a dump shows, where it does not say so itself. */
#ifndef LIBIPMASQ_NAT_DUMP_TABLE_H
#define LIBIPMASQ_NAT_DUMP_TABLE_H

#include "nat/dump.h"
#include "nat/dump_chains.h"

/* What was seen of the addresses in a dump. */
struct dump_families {
	bool has_ipv4;
	bool has_ipv6;
};

/* Notes the family of an address or CIDR that stands in a rule; other words do not matter. */
void dump_family_note(struct dump_families *families, const char *text, size_t len);

/* The family of a dump: by its addresses, else by what is known of the program, else IPv4, of which
 * the model then gets a note. -ENOMEM. */
int dump_family(struct nat_reading *reading, const struct nat_dump *dump,
		const struct dump_families *families, enum ipmasq_family *family);

/* The table that has just these of the chains that iptables makes itself; "": none has. */
const char *dump_table_of_chains(const struct dump_chains *chains);

/* Whether a chain that iptables makes itself, listed after those of @seen, begins the next table;
 * else it is added to @seen. Tables list them in the order of a packet's way, apart from OUTPUT and
 * POSTROUTING, which 1.8.4 has the other way round. */
bool dump_begins_table(unsigned int *seen, const char *name, size_t len);

/* Adds the table to the model and fills it; one that is not on a packet's way, or was told already,
 * is passed over. -ENOMEM. */
int dump_table_load(struct nat_reading *reading, const struct nat_dump *dump,
		    const struct dump_families *families, const char *name,
		    struct dump_chains *chains, dump_rule_fn *read, void *context);

#endif
