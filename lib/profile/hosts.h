/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses that host names stand for, as the caller or a file says. */
#ifndef LIBIPMASQ_HOSTS_H
#define LIBIPMASQ_HOSTS_H

#include "util/names.h"
#include "util/prefix.h"

struct host {
	/* Each a /32 or /128, once: IPv4 before IPv6, in ascending order. */
	struct prefix *addresses;
	size_t count;
	size_t capacity;
	/* Why there is no address; NULL where nobody said. */
	char *why;
};

struct ipmasq_hosts {
	struct names names;
	/* One per name, by its number. */
	struct host *hosts;
	size_t capacity;
};

/* NULL where nothing is known of the name. @hosts may be NULL. */
const struct host *hosts_find(const struct ipmasq_hosts *hosts, const char *name);

/*
 * Adds an address, a /32 or /128, to a name of @len bytes. Errors: -EINVAL not a host name; -E2BIG
 * the name has 8,192 addresses already; -ENOMEM.
 */
int hosts_add(struct ipmasq_hosts *hosts, const char *name, size_t len,
	      const struct prefix *address);

#endif
