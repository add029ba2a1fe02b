/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gets a legacy table of the kernel, which hands out all of it at once. Others may have any number
 * of rules there that no packet on its way out meets, so a large one is received by a process of
 * its own, which passes on what is reached.
 */
#include "node/kernel/nat_legacy_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "node/kernel/nat_legacy_prune.h"

void nat_legacy_table_free(struct nat_legacy_table *table)
{
	if (table)
		free(table->entries);
	free(table);
}

/* In bytes. A process costs more than a copy of this size. */
#define SMALL (64u << 10)

/* What the process sends: the header, and then as many entries as that says. */
struct arrival {
	struct nat_legacy_table *table;
	size_t header_len;
	size_t len;
};

/* Takes as much as there is room for. */
static size_t take(void *to, size_t size, size_t *len, const char *data, size_t data_len)
{
	size_t part = data_len < size - *len ? data_len : size - *len;

	memcpy((char *)to + *len, data, part);
	*len += part;
	return part;
}

static int receive(void *context, const char *data, size_t len)
{
	struct arrival *a = context;
	struct ipt_getinfo *info = &a->table->info;
	size_t taken = take(info, sizeof(*info), &a->header_len, data, len);

	if (a->header_len < sizeof(*info))
		return 0;
	if (!a->table->entries)
		a->table->entries = malloc(info->size + (size_t)1);
	if (!a->table->entries)
		return -ENOMEM;
	if (len - taken > info->size - a->len)
		return -EIO;
	take(a->table->entries, info->size, &a->len, data + taken, len - taken);
	return 0;
}

static int get_reached(const struct nat_elsewhere *elsewhere, int fd, enum ipmasq_family family,
		       size_t which, struct nat_legacy_table *table)
{
	struct arrival arrival = { .table = table };
	int r = elsewhere->run(elsewhere, nat_legacy_send, nat_legacy_number(family, which), fd,
			       receive, &arrival);

	if (r == 0 && (arrival.header_len < sizeof(table->info) || arrival.len < table->info.size))
		r = -EIO;
	if (r < 0) {
		free(table->entries);
		table->entries = NULL;
	}
	return r;
}

/* The kernel's want of memory passes, and is not that of this process. */
static int error_of_kernel(void)
{
	return errno == ENOMEM ? -EIO : -errno;
}

static int get_all(int fd, int level, struct nat_legacy_table *table)
{
	unsigned int size = table->info.size;
	socklen_t len = (socklen_t)(sizeof(struct ipt_get_entries) + size);
	struct ipt_get_entries *got = malloc(len);

	if (!got)
		return -ENOMEM;
	memset(got, 0, sizeof(*got));
	strcpy(got->name, table->info.name);
	got->size = size;
	if (getsockopt(fd, level, IPT_SO_GET_ENTRIES, got, &len) < 0) {
		int error = error_of_kernel();

		free(got);
		return error;
	}
	/* The entries alone, where the memory begins. */
	table->entries = memmove(got, got->entrytable, size);
	return 0;
}

int nat_legacy_table_get(const struct nat_elsewhere *elsewhere, int fd, enum ipmasq_family family,
			 size_t which, struct nat_legacy_table *table)
{
	int level = family == IPMASQ_IPV4 ? IPPROTO_IP : IPPROTO_IPV6;
	socklen_t len = sizeof(table->info);

	*table = (struct nat_legacy_table){ .entries = NULL };
	strcpy(table->info.name, nat_legacy_tables[which]);
	if (getsockopt(fd, level, IPT_SO_GET_INFO, &table->info, &len) < 0)
		return error_of_kernel();
	return table->info.size > SMALL ? get_reached(elsewhere, fd, family, which, table)
					: get_all(fd, level, table);
}
