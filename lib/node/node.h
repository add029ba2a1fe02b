/* SPDX-License-Identifier: Apache-2.0 */
/* A node: the options of its user, and what was learnt of its programs. */
#ifndef LIBIPMASQ_NODE_H
#define LIBIPMASQ_NODE_H

#include "node/kernel/listener.h"
#include "node/pending_flows.h"
#include "util/common.h"

/* enum ipmasq_backend */
#define BACKENDS 4

enum answer { ANSWER_UNKNOWN, ANSWER_YES, ANSWER_NO };

struct ipmasq_node {
	enum ipmasq_backend backend;
	/* For the xtables lock, in seconds. */
	unsigned int wait;
	/* -1: the caller's own */
	int netns;
	/* The lock of the network namespace while a call holds it, else 0. Programs have it too:
	 * when the caller is killed, they go on. */
	int lock;
	char *search_path;
	/* The programs are the system's own, so the kernel may be read without them. */
	bool direct;
	/* NULL: the programs' default. */
	char *lock_file;
	/* For each program, beyond the wait for the lock. */
	unsigned int limit_ms;
	enum ipmasq_flows flows;
	/* Becomes readable when the caller wants to stop; -1: none. */
	int stop_fd;
	/* Exists when the kernel has IPv6. */
	const char *ipv6_dir;
	/* The IPv6 addresses of the namespace, as the kernel lists them. */
	const char *ipv6_addresses;
	/* Whether MASQUERADE takes --random-fully; the programs are asked once. */
	enum answer random_fully[2][BACKENDS];
	/* Of each family. */
	struct pending_flows pending[2];
	/* NULL: nobody listens to the kernel's reports. */
	struct listener *listener;
	/* The generation of nf_tables that each family was last seen in, as listener_take() takes
	 * it. */
	int seen_nft_generation[2];
};

#define NODE_LIMIT_MS  60000
#define NODE_LOCK_FILE "/run/xtables.lock"
#define NODE_PATH      "/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin:/usr/local/bin"

static inline size_t family_index(enum ipmasq_family family)
{
	return family == IPMASQ_IPV6;
}

static inline const char *family_name(enum ipmasq_family family)
{
	return family == IPMASQ_IPV6 ? "IPv6" : "IPv4";
}

#endif
