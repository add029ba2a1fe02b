/* SPDX-License-Identifier: Apache-2.0 */
/* Observes the nat table through iptables-save. */
#ifndef LIBIPMASQ_OBSERVE_H
#define LIBIPMASQ_OBSERVE_H

#include "node/iptables.h"
#include "node/kernel/observation.h"

/*
 * Streams the table; keeps what is ours and what leads to ours, in memory that does not depend on
 * the rest. -EPROTO: the output is not understood, or not whole.
 */
int observe(const struct iptables *iptables, const char *root, struct observation *obs,
	    struct failure *failure);

/* Hands each line of what iptables-save prints of the nat table to @line, with @reader. 0, the
 * first negative return of @line, or another negative errno with @failure set. */
typedef int (*save_function)(const void *context,
			     int (*line)(void *reader, const char *text, size_t len, bool cut),
			     void *reader, struct failure *failure);

/* The same for a text from elsewhere. @program: its name in messages. */
int observe_output(enum ipmasq_family family, const char *root, const char *program,
		   save_function save, const void *context, struct observation *obs,
		   struct failure *failure);

#endif
