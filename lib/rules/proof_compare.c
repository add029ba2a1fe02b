/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the verdicts that a walk found with those of the policy. */
#include "rules/proof_compare.h"

#include <string.h>

/* "to 10.1.0.0", or with the source, where that matters, "from 10.9.0.0 to 10.1.0.0" */
static int say_difference(struct proof *p, uint32_t source, struct addr dst, enum cell_verdict got,
			  const struct ipmasq_entry *entry)
{
	char address[PREFIX_TEXT_MAX];
	char from[PREFIX_TEXT_MAX] = "";
	char cidr[IPMASQ_TEXT_MAX];
	const char *named = entry_cidr(entry, cidr);

	if (p->sources.count > 1)
		addr_format(p->ruleset->family, p->sources.starts[source], from);
	addr_format(p->ruleset->family, dst, address);
	return DIFFER(p, "a packet %s%s%sto %s: the rules say %s, but the policy %s, by %s%s%s",
		      from[0] ? "from " : "", from, from[0] ? " " : "", address,
		      got == CELL_MASQUERADE ? "MASQUERADE" : "RETURN",
		      ipmasq_verdict_name(entry->verdict), ipmasq_origin_name(entry->origin),
		      named ? " " : "", named ? named : "");
}

/* Cells and ranges are sorted and cover the space: one walk along both sees every overlap. */
static int compare_destinations(struct proof *p, uint32_t source,
				const struct ipmasq_partition *partition)
{
	const struct addr *starts = p->destinations.starts;
	size_t count = p->destinations.count;
	size_t cell = 0;
	size_t range = 0;

	while (cell < count && range < partition->count) {
		const struct ipmasq_entry *entry = &p->family->entries[partition->entries[range]];
		enum cell_verdict got = p->verdicts[cell] == CELL_OPEN ? CELL_RETURN
								       : p->verdicts[cell];
		bool later = addr_compare(starts[cell], partition->starts[range]) > 0;
		int order;

		if ((got == CELL_MASQUERADE) != (entry->verdict == IPMASQ_MASQUERADE))
			return say_difference(p, source,
					      later ? starts[cell] : partition->starts[range], got,
					      entry);
		if (cell + 1 == count && range + 1 == partition->count)
			break;
		order = cell + 1 == count ? 1
			: range + 1 == partition->count
				? -1
				: addr_compare(starts[cell + 1], partition->starts[range + 1]);
		cell += order <= 0;
		range += order >= 0;
	}
	return 0;
}

static bool masquerades_some(const struct proof *p)
{
	return memchr(p->verdicts, CELL_MASQUERADE, p->destinations.count) != NULL;
}

bool proof_policy_masquerades(const struct proof *p, const struct ipmasq_partition *partition)
{
	const struct policy_family *f = p->family;

	for (size_t i = 0; i < partition->count; i++)
		if (f->entries[partition->entries[i]].verdict == IPMASQ_MASQUERADE)
			return true;
	return false;
}

int proof_say_source(struct proof *p, uint32_t source, const char *what)
{
	char address[PREFIX_TEXT_MAX];

	addr_format(p->ruleset->family, p->sources.starts[source], address);
	return DIFFER(p, "a packet from %s: %s", address, what);
}

uint32_t proof_find_cell(const struct proof *p, uint32_t cell, bool kept)
{
	while (cell != NO_CELL && p->kept[cell] != kept)
		cell = p->same_group[cell];
	return cell;
}

int proof_compare(struct proof *p, uint32_t kept, uint32_t returned,
		  const struct ipmasq_partition *partition)
{
	if (returned != NO_CELL && masquerades_some(p))
		return proof_say_source(p, returned, "the policy always returns it, the rules not");
	return kept == NO_CELL ? 0 : compare_destinations(p, kept, partition);
}
