/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions of nf_tables. A transaction is one datagram, whose size the socket's buffer limits,
 * so a batch becomes as many as it takes, unless it is to be one.
 */
#ifndef LIBIPMASQ_KERNEL_NATIVE_BATCH_H
#define LIBIPMASQ_KERNEL_NATIVE_BATCH_H

#include "node/kernel/native_socket.h"

/* What each message may have. */
#define NATIVE_MESSAGE_MAX 16384

struct native_batch {
	struct native_socket *socket;
	/* What each transaction may have. */
	size_t size;
	char *data;
	size_t len;
	/* Where the last whole message begins; 0: there is none yet. */
	size_t last;
	uint32_t first_seq;
	/* The kernel refuses a transaction in any other generation; 0: in none. */
	uint32_t generation;
	/* When it becomes readable, no more transactions begin; -1: there is none. */
	int stop_fd;
	/* How many transactions were committed. */
	size_t committed;
	/* Of the first that failed; what follows is ignored. */
	int error;
};

/* -ENOMEM. */
int native_batch_begin(struct native_batch *batch, struct native_socket *socket);
void native_batch_release(struct native_batch *batch);

/* Starts a message, whose attributes the caller adds; what came before is committed where there
 * would be no room for it. native_batch_add() ends it. */
struct nlmsghdr *native_batch_message(struct native_batch *batch, int type, int flags);
void native_batch_add(struct native_batch *batch, const struct nlmsghdr *message);

/*
 * Commits what is left. Returns the first error of the batch: NATIVE_STALE: the generation has
 * passed; -ECANCELED; -EPERM; -ENOMEM; -ETIMEDOUT; or what the kernel said of a message.
 */
int native_batch_commit(struct native_batch *batch);

#endif
