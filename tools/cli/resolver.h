/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks up the addresses of host names with the system's resolver. It uses threads of its own,
 * because a call of getaddrinfo(3) can be neither limited in time nor cancelled.
 */
#ifndef IPMASQ_RESOLVER_H
#define IPMASQ_RESOLVER_H

#include "ipmasq.h"

struct resolver;

/* 0, -ENOMEM, or the error of eventfd(2). */
int resolver_new(struct resolver **resolver);

/* Does not wait for threads that wait for an answer. They end when it comes. */
void resolver_free(struct resolver *resolver);

/*
 * Looks up the names of a configuration, after those that are in progress, and forgets all other
 * names. With NULL it looks up the same names again. Returns 0, -ENOMEM, or -EAGAIN if no thread
 * can be started.
 */
int resolver_ask(struct resolver *resolver, const struct ipmasq_config *config);

/*
 * Waits until each name has been answered once, or @ms milliseconds have passed, or @stop_fd (-1:
 * none) is readable.
 */
void resolver_wait(struct resolver *resolver, int ms, int stop_fd);

/* A descriptor that is readable when there are answers since the last resolver_hosts(). */
int resolver_fd(const struct resolver *resolver);

/*
 * Makes a list of the names with the addresses of their last good answer, or with the reason why
 * there is none. The caller frees it. 0 or -ENOMEM.
 */
int resolver_hosts(struct resolver *resolver, struct ipmasq_hosts **hosts);

#define RESOLVER_TEXT_MAX 256

/* The number of failed lookups since resolver_new(). */
uint64_t resolver_failures(struct resolver *resolver);

/*
 * Says whether the last lookup of name number @index failed although it has addresses: then @name
 * and @why are set. Otherwise @name is empty. Returns false after the last name.
 */
bool resolver_stale(struct resolver *resolver, size_t index, char name[RESOLVER_TEXT_MAX],
		    char why[RESOLVER_TEXT_MAX]);

#endif
