/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses do host names have just now? Asks the system's resolver in threads of its own,
 * since getaddrinfo(3) can neither be hurried nor called off.
 */
#ifndef IPMASQ_RESOLVER_H
#define IPMASQ_RESOLVER_H

#include "ipmasq.h"

struct resolver;

/* -ENOMEM, or why there is no eventfd(2). */
int resolver_new(struct resolver **resolver);
/* Threads that wait for an answer end when it comes; nothing waits for them. */
void resolver_free(struct resolver *resolver);

/*
 * Asks for the names of a configuration, at once or after those that are under way; names that it
 * does not have are forgotten. NULL: for the same names again. -ENOMEM, -EAGAIN: no thread can be
 * started.
 */
int resolver_ask(struct resolver *resolver, const struct ipmasq_config *config);

/* Waits until every name has been answered once, or @ms have passed, or @stop_fd (-1: none) is
 * readable. */
void resolver_wait(struct resolver *resolver, int ms, int stop_fd);

/* Readable when answers have come that resolver_hosts() was not asked for yet. */
int resolver_fd(const struct resolver *resolver);

/*
 * What is known: of each name that was asked for the addresses it had at the last answer, also when
 * the name could not be resolved since, or why there are none. To be freed. -ENOMEM.
 */
int resolver_hosts(struct resolver *resolver, struct ipmasq_hosts **hosts);

#define RESOLVER_TEXT_MAX 256

/* How many answers were none, of all names, since resolver_new(). */
uint64_t resolver_failures(struct resolver *resolver);

/* Name number @index, when it has addresses but could not be resolved at the last try, and why;
 * else @name is empty. False past the last. */
bool resolver_stale(struct resolver *resolver, size_t index, char name[RESOLVER_TEXT_MAX],
		    char why[RESOLVER_TEXT_MAX]);

#endif
