/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of a legacy table, of either family. Only async-signal-safe calls. */
#include "node/kernel/nat_entry.h"

#include <netinet/in.h>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <string.h>

bool nat_entry_has_name(const char *name, size_t size)
{
	return memchr(name, '\0', size) != NULL;
}

static bool target_is_sound(const char *entry, size_t at, size_t len)
{
	const struct xt_entry_target *target = (const void *)(entry + at);

	return nat_entry_is_aligned(at) && at <= len && len - at >= sizeof(*target) &&
	       target->u.target_size >= sizeof(*target) && target->u.target_size <= len - at &&
	       nat_entry_has_name(target->u.user.name, sizeof(target->u.user.name));
}

bool nat_entry_at(enum ipmasq_family family, const char *entries, size_t size, size_t at,
		  struct nat_entry *e)
{
	const char *entry = entries + at;
	const struct ipt_entry *four = (const void *)entry;
	const struct ip6t_entry *six = (const void *)entry;

	e->part = entry;
	if (family == IPMASQ_IPV4) {
		if (size - at < sizeof(*four))
			return false;
		e->matches = sizeof(*four);
		e->target = four->target_offset;
		e->len = four->next_offset;
		e->is_goto = four->ip.flags & IPT_F_GOTO;
	} else {
		if (size - at < sizeof(*six))
			return false;
		e->matches = sizeof(*six);
		e->target = six->target_offset;
		e->len = six->next_offset;
		e->is_goto = six->ipv6.flags & IP6T_F_GOTO;
	}
	return nat_entry_is_aligned(e->len) && e->len <= size - at && e->target >= e->matches &&
	       target_is_sound(entry, e->target, e->len);
}

bool nat_entry_starts_at(enum ipmasq_family family, const char *entries, size_t size, size_t offset)
{
	struct nat_entry e;
	size_t at = 0;

	for (; at < offset; at += e.len)
		if (!nat_entry_at(family, entries, size, at, &e))
			return false;
	return at == offset && at < size;
}

const struct xt_entry_target *nat_entry_target(const struct nat_entry *e)
{
	return (const void *)(e->part + e->target);
}

size_t nat_entry_target_len(const struct nat_entry *e)
{
	return nat_entry_target(e)->u.target_size - sizeof(struct xt_entry_target);
}

bool nat_entry_is_head(const struct nat_entry *e)
{
	return strcmp(nat_entry_target(e)->u.user.name, XT_ERROR_TARGET) == 0;
}

bool nat_entry_code(const struct nat_entry *e, int *code)
{
	const struct xt_entry_target *target = nat_entry_target(e);

	if (*target->u.user.name || nat_entry_target_len(e) < sizeof(*code))
		return false;
	memcpy(code, target->data, sizeof(*code));
	return true;
}
