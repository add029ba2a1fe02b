/* SPDX-License-Identifier: Apache-2.0 */
/* Which table a dump shows. */
#include "nat/dump_table.h"

#include <string.h>

#include "nat/xt_value.h"

void dump_family_note(struct dump_families *families, const char *text, size_t len)
{
	struct range range;

	if (len > 0 && text[0] == '!') {
		text++;
		len--;
	}
	/* An address of IPv6 has a colon, as ports have, but two of them. */
	if (memchr(text, '.', len) && xt_read_range(IPMASQ_IPV4, text, len, &range))
		families->has_ipv4 = true;
	else if (memchr(text, ':', len) && xt_read_range(IPMASQ_IPV6, text, len, &range))
		families->has_ipv6 = true;
}

int dump_family(struct nat_reading *reading, const struct nat_dump *dump,
		const struct dump_families *families, enum ipmasq_family *family)
{
	if (families->has_ipv4 != families->has_ipv6) {
		*family = families->has_ipv6 ? IPMASQ_IPV6 : IPMASQ_IPV4;
		return 0;
	}
	if (dump->hint.has_family) {
		*family = dump->hint.family;
		return 0;
	}
	*family = IPMASQ_IPV4;
	return nat_add_note(reading->model,
			    "%s does not tell whether its %s is of IPv4 or IPv6; it is taken for "
			    "IPv4",
			    dump->text->name, dump->format->name);
}

const char *dump_table_of_chains(const struct dump_chains *chains)
{
	static const struct {
		const char *table;
		const char *has;
		const char *lacks;
	} shapes[] = {
		{ "mangle", "PREROUTING FORWARD ", "" },
		{ "nat", "POSTROUTING ", "FORWARD " },
		{ "filter", "FORWARD ", "PREROUTING POSTROUTING " },
		{ "raw", "PREROUTING ", "FORWARD INPUT POSTROUTING " },
	};
	static const char *const names[] = { "PREROUTING", "INPUT", "FORWARD", "OUTPUT",
					     "POSTROUTING" };
	bool has[ARRAY_SIZE(names)] = { false };

	for (size_t i = 0; i < chains->count; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(names); j++)
			has[j] |= xt_is(chains->chains[i].name, chains->chains[i].len, names[j]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		bool fits = true;

		for (size_t j = 0; j < ARRAY_SIZE(names); j++) {
			if (strstr(shapes[i].has, names[j]))
				fits &= has[j];
			if (strstr(shapes[i].lacks, names[j]))
				fits &= !has[j];
		}
		if (fits)
			return shapes[i].table;
	}
	return "";
}

bool dump_begins_table(unsigned int *seen, const char *name, size_t len)
{
	/* The chains that may come before it, by their numbers here. */
	static const struct {
		const char *name;
		unsigned int before;
	} chains[] = {
		{ "PREROUTING", 0 },
		{ "INPUT", 1u << 0 },
		{ "FORWARD", 1u << 0 | 1u << 1 },
		{ "OUTPUT", 1u << 0 | 1u << 1 | 1u << 2 | 1u << 4 },
		{ "POSTROUTING", 1u << 0 | 1u << 1 | 1u << 2 | 1u << 3 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(chains); i++) {
		if (!xt_is(name, len, chains[i].name))
			continue;
		if (*seen & ~chains[i].before)
			return true;
		*seen |= 1u << i;
		return false;
	}
	return false;
}

int dump_table_load(struct nat_reading *reading, const struct nat_dump *dump,
		    const struct dump_families *families, const char *name,
		    struct dump_chains *chains, dump_rule_fn *read, void *context)
{
	bool told = dump->hint.has_backend;
	enum nat_backend backend = told ? dump->hint.backend : NAT_IPTABLES_NFT;
	enum ipmasq_family family;
	struct nat_table *table;
	int r;

	if (!dump_table_matters(name, strlen(name)))
		return 0;
	r = dump_family(reading, dump, families, &family);
	if (r == 0)
		r = nat_dump_table(reading, dump, backend, told, NAT_FAMILY(family), name, &table);
	if (r < 0 || !table)
		return r;
	return dump_chains_load(chains, reading, dump, family, name, table, read, context);
}
