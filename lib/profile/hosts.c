/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the addresses of host names, sorted and without duplicates. */
#include "profile/hosts.h"

#include <stdlib.h>
#include <string.h>

/* A DNS answer has at most 64 KiB, which this many addresses of one type fill. */
#define ADDRESSES_MAX 8192

IPMASQ_EXPORT int ipmasq_hosts_new(struct ipmasq_hosts **hosts)
{
	struct ipmasq_hosts *made;

	if (!hosts)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	*hosts = made;
	return 0;
}

IPMASQ_EXPORT void ipmasq_hosts_free(struct ipmasq_hosts *hosts)
{
	if (!hosts)
		return;
	for (size_t i = 0; i < hosts->names.count; i++) {
		free(hosts->hosts[i].addresses);
		free(hosts->hosts[i].why);
	}
	free(hosts->hosts);
	names_release(&hosts->names);
	free(hosts);
}

const struct host *hosts_find(const struct ipmasq_hosts *hosts, const char *name)
{
	uint32_t number = hosts ? names_find(&hosts->names, name, strlen(name)) : NAMES_NONE;

	return number == NAMES_NONE ? NULL : &hosts->hosts[number];
}

static bool is_name(const char *text, size_t len)
{
	enum ipmasq_family family;
	struct addr addr;

	return addr_parse(text, len, &family, &addr) == PREFIX_HOST_NAME;
}

/* The host of a name, which is added where it is new. */
static int host_of(struct ipmasq_hosts *hosts, const char *name, size_t len, struct host **host)
{
	size_t before = hosts->names.count;
	uint32_t number;
	int r;

	if (!is_name(name, len))
		return -EINVAL;
	r = array_grow(&hosts->hosts, &hosts->capacity, before, sizeof(**host));
	if (r == 0)
		r = names_add(&hosts->names, name, len, &number);
	if (r < 0)
		return r;
	*host = &hosts->hosts[number];
	if (number == before)
		**host = (struct host){ 0 };
	return 0;
}

static int address_compare(const struct prefix *a, const struct prefix *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return addr_compare(a->addr, b->addr);
}

static int host_add(struct host *host, const struct prefix *address)
{
	size_t at = host->count;
	int order = 1;
	int r;

	while (at > 0 && (order = address_compare(&host->addresses[at - 1], address)) > 0)
		at--;
	if (at > 0 && order == 0)
		return 0;
	if (host->count == ADDRESSES_MAX)
		return -E2BIG;
	r = array_grow(&host->addresses, &host->capacity, host->count, sizeof(*address));
	if (r < 0)
		return r;
	memmove(&host->addresses[at + 1], &host->addresses[at],
		(host->count - at) * sizeof(*address));
	host->addresses[at] = *address;
	host->count++;
	free(host->why);
	host->why = NULL;
	return 0;
}

int hosts_add(struct ipmasq_hosts *hosts, const char *name, size_t len,
	      const struct prefix *address)
{
	struct host *host;
	int r = host_of(hosts, name, len, &host);

	return r < 0 ? r : host_add(host, address);
}

IPMASQ_EXPORT int ipmasq_hosts_add(struct ipmasq_hosts *hosts, const char *name,
				   enum ipmasq_family family, const void *address)
{
	struct prefix prefix;

	if (!hosts || !name || !address || !family_is_known(family))
		return -EINVAL;
	prefix = (struct prefix){ addr_from_bytes(family, address), (uint8_t)family_bits(family),
				  (uint8_t)family };
	return family == IPMASQ_IPV6 && addr_is_mapped(prefix.addr)
		       ? -EINVAL
		       : hosts_add(hosts, name, strlen(name), &prefix);
}

IPMASQ_EXPORT int ipmasq_hosts_fail(struct ipmasq_hosts *hosts, const char *name, const char *why)
{
	struct host *host;
	char *copy;
	int r;

	if (!hosts || !name || !why)
		return -EINVAL;
	r = host_of(hosts, name, strlen(name), &host);
	if (r < 0 || host->count > 0)
		return r;
	copy = strdup(why);
	if (!copy)
		return -ENOMEM;
	free(host->why);
	host->why = copy;
	return 0;
}

IPMASQ_EXPORT const char *ipmasq_hosts_name(const struct ipmasq_hosts *hosts, size_t index)
{
	return hosts && index < hosts->names.count ? hosts->names.names[index] : NULL;
}

IPMASQ_EXPORT int ipmasq_hosts_address(const struct ipmasq_hosts *hosts, const char *name,
				       size_t index, enum ipmasq_family *family,
				       uint8_t address[16])
{
	const struct host *host;

	if (!hosts || !name || !family || !address)
		return -EINVAL;
	host = hosts_find(hosts, name);
	if (!host || index >= host->count)
		return -ERANGE;
	*family = (enum ipmasq_family)host->addresses[index].family;
	addr_to_bytes(*family, host->addresses[index].addr, address);
	return 0;
}
