/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of a legacy table, as the kernel hands them out. Only async-signal-safe calls. */
#include "node/kernel/entries.h"

#include <linux/netfilter_ipv6/ip6_tables.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

_Static_assert(IPT_SO_GET_INFO == IP6T_SO_GET_INFO && IPT_SO_GET_ENTRIES == IP6T_SO_GET_ENTRIES &&
		       sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo) &&
		       sizeof(struct ipt_get_entries) == sizeof(struct ip6t_get_entries),
	       "the families differ");

int entries_ask(int fd, int family, const char *table, struct ipt_getinfo *info,
		struct ipt_get_entries **entries)
{
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	socklen_t len = sizeof(*info);

	*info = (struct ipt_getinfo){ .size = 0 };
	if (strlen(table) >= sizeof(info->name))
		return -ENAMETOOLONG;
	strcpy(info->name, table);
	if (getsockopt(fd, level, IPT_SO_GET_INFO, info, &len) < 0)
		return -errno;
	len = (socklen_t)(sizeof(**entries) + info->size);
	*entries = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*entries == MAP_FAILED)
		return -ENOMEM;
	strcpy((*entries)->name, table);
	(*entries)->size = info->size;
	return getsockopt(fd, level, IPT_SO_GET_ENTRIES, *entries, &len) < 0 ? -errno : 0;
}

/* A raw socket would need CAP_NET_RAW. */
bool entries_get(int family, const char *table, struct ipt_getinfo *info,
		 struct ipt_get_entries **entries)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool there = fd >= 0 && entries_ask(fd, family, table, info, entries) == 0;

	if (fd >= 0)
		close(fd);
	return there;
}

/* The parts of an entry that follow each other: its head with the addresses, its target. */
static size_t head_size(int family)
{
	return family == AF_INET ? sizeof(struct ipt_entry) : sizeof(struct ip6t_entry);
}

static void get_offsets(int family, const char *entry, size_t *target, size_t *next)
{
	if (family == AF_INET) {
		const struct ipt_entry *e = (const void *)entry;

		*target = e->target_offset;
		*next = e->next_offset;
	} else {
		const struct ip6t_entry *e = (const void *)entry;

		*target = e->target_offset;
		*next = e->next_offset;
	}
}

/* A chain made by a user begins with an entry whose target is named ERROR and holds its name. */
static bool starts_chain(const char *target, size_t len, const char *name)
{
	const struct xt_error_target *error = (const void *)target;

	return len >= sizeof(*error) && strcmp(error->target.u.user.name, XT_ERROR_TARGET) == 0 &&
	       strncmp(error->errorname, name, sizeof(error->errorname)) == 0;
}

bool entries_have_chain(int family, const struct ipt_get_entries *entries, const char *name)
{
	const char *first = (const char *)entries->entrytable;
	size_t at = 0;

	while (entries->size - at >= head_size(family)) {
		size_t target;
		size_t next;

		get_offsets(family, first + at, &target, &next);
		if (next < head_size(family) || next > entries->size - at || target > next)
			return false;
		if (starts_chain(first + at + target, next - target, name))
			return true;
		at += next;
	}
	return false;
}

bool entries_names_have(const char *names, const char *table)
{
	size_t len = strlen(table);

	for (const char *p = names; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (strcspn(p, "\n") == len && strncmp(p, table, len) == 0)
			return true;
	return false;
}
