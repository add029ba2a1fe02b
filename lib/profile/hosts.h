/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses do host names stand for? */
#ifndef LIBIPMASQ_HOSTS_H
#define LIBIPMASQ_HOSTS_H

#include "util/names.h"
#include "util/prefix.h"

struct host {
	struct prefix *addresses; /* /32 and /128; IPv4 before IPv6, ascending, each once */
	size_t count;
	size_t capacity;
	char *why; /* it has none, or NULL */
};

struct ipmasq_hosts {
	struct names names;
	struct host *hosts; /* one a name */
	size_t capacity;
};

/* NULL: nothing is known of the name. @hosts may be NULL. */
const struct host *hosts_find(const struct ipmasq_hosts *hosts, const char *name);

#endif
