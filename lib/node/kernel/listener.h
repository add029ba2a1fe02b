/* SPDX-License-Identifier: Apache-2.0 */
/* Listens to what the kernel reports of changes of nf_tables, by whoever made them. */
#ifndef LIBIPMASQ_KERNEL_LISTENER_H
#define LIBIPMASQ_KERNEL_LISTENER_H

#include "util/common.h"

/* No look and no report has told the generation yet. */
#define NFT_GENERATION_UNKNOWN (-1)

/* A struct listener is large, for a datagram of the kernel has room in it. */
struct listener;

/*
 * Opens a socket that gets the reports of the calling thread's network namespace.
 * Async-signal-safe. Returns it, or a negative errno: -EPERM without CAP_NET_ADMIN there.
 */
int listener_socket(void);

/* Takes over @fd, also where this fails. NULL: out of memory. */
struct listener *listener_new(int fd);
void listener_free(struct listener *listener);

int listener_fd(const struct listener *listener);

/* What was reported since the last call. */
struct listener_news {
	/* Something of the nat table concerns the chains of @root, or POSTROUTING; or something of
	 * our own table concerns its chains or maps. */
	bool ours;
	/* Something else that can decide about what leaves the node: of other chains of table nat,
	 * or of any table but those in which iptables-nft only filters. */
	bool others;
	/* The kernel had more reports than there was room for. */
	bool lost;
	/* There are more reports to take. */
	bool more;
	/* Who made the last change of those, as the kernel names processes; "": not known. It
	 * stays until the next such change. */
	const char *process;
	unsigned int pid;
};

/*
 * Takes the reports without waiting, a bounded number of them.
 *
 * @seen  the generation that each family was last seen in, IPv4 and IPv6, as its lower 16 bits:
 *        what is not newer is no news, such as what the caller itself wrote and read back.
 *        NFT_GENERATION_UNKNOWN: all is news. It becomes that of the last transaction that was
 *        reported as a whole.
 *
 * 0, or a negative errno of the socket.
 */
int listener_take(struct listener *listener, const char *root, int seen[2],
		  struct listener_news *news);

#endif
