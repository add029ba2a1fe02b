/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation with nf_tables about the tables of one family in one network namespace: questions
 * and their answers. Transactions are native_batch.h's.
 */
#ifndef LIBIPMASQ_KERNEL_NATIVE_SOCKET_H
#define LIBIPMASQ_KERNEL_NATIVE_SOCKET_H

#include <libmnl/libmnl.h>

#include "util/common.h"

/* Somebody has changed a table meanwhile: look again. */
#define NATIVE_STALE (-ESTALE)

/* A struct native_socket is large, for an answer of the kernel has room in it. */
struct native_socket {
	struct mnl_socket *mnl;
	int fd;
	/* Sends the request and hands on what comes, as netlink_ask() does. Recorded answers have
	 * another one. */
	int (*ask)(struct native_socket *socket,
		   int (*take)(void *context, const void *answer, size_t len), void *context);
	enum ipmasq_family family;
	uint32_t seq;
	/* The lower 16 bits of the generation that the answers since native_begin() tell; -1: there
	 * were none. */
	int generation;
	char request[1024] __attribute__((aligned(8)));
	char answer[65536] __attribute__((aligned(8)));
};

/* @netns: a descriptor, or -1. -ENOMEM, or the error of a system call. */
int native_open(int netns, enum ipmasq_family family, struct native_socket **socket);
void native_close(struct native_socket *socket);

/* AF_INET or AF_INET6. */
uint8_t native_family(const struct native_socket *socket);

/* The answers from here on must be of one generation. */
void native_begin(struct native_socket *socket);

/* Starts the next question, whose attributes the caller adds. @flags: NLM_F_DUMP, or 0. */
struct nlmsghdr *native_question(struct native_socket *socket, int type, int flags);

/*
 * Asks it, and hands each message of the answer to @take, which returns 0 or a negative errno.
 *
 * 0; what @take returned; NATIVE_STALE: the answers are not of one generation; -ETIMEDOUT; or the
 * kernel's error, such as -ENOENT.
 */
int native_ask(struct native_socket *socket,
	       int (*take)(void *context, const struct nlmsghdr *message), void *context);

/* Asks for the generation of all tables. NATIVE_STALE: what was answered since native_begin() is of
 * another one. Else as above. */
int native_generation(struct native_socket *socket, uint32_t *generation);

#endif
