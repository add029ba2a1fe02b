/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the kernel's tables without a program. */
#ifndef LIBIPMASQ_DIRECT_H
#define LIBIPMASQ_DIRECT_H

#include "node/iptables.h"
#include "node/kernel/reader.h"
#include "node/kernel/send.h"

/*
 * Calls @send with AF_INET or AF_INET6 in a child that is in the namespace of the node; @scope is
 * its stdin, NULL: that is empty; @output gets what it writes. 0: it returned 0. -EAGAIN: it did
 * not. Else an error of launch(), or what
 * @output returned.
 */
int direct_ask(const struct iptables *iptables, int (*send)(int family),
	       const struct send_scope *scope,
	       int (*output)(void *context, const char *data, size_t len), void *context,
	       struct failure *failure);

/*
 * Makes the same observation as observe(), in memory that does not depend on the rules of others.
 * Of nf_tables, unless @all is set, chains of others are read only where one of them leads to ours;
 * else the rules of others are estimated.
 * 0; READER_UNSURE where it cannot be made this way; -ECANCELED; -ENOMEM. READER_UNSURE comes with
 * bits of enum doubt in @doubts and with what is certain in @obs, or with neither.
 */
int direct_observe(const struct iptables *iptables, const char *root, bool all,
		   struct observation *obs, unsigned int *doubts, struct failure *failure);

/* Whether the kubelet keeps its hint chains in this backend. Of legacy, ask only where the kernel
 * lists table mangle. 0; READER_UNSURE; -ECANCELED; -ENOMEM. */
int direct_hints(const struct iptables *iptables, bool *found, struct failure *failure);

/*
 * Deletes rules of POSTROUTING in the nat table of nf_tables. -EAGAIN: the rules have changed since
 * @generation, so nothing was done. Else 0 or a negative errno, and @failure says why.
 */
int direct_delete(const struct iptables *iptables, uint32_t generation, const uint64_t *handles,
		  size_t count, struct failure *failure);

/* Which of the legacy tables that matter the kernel lists. */
struct legacy_tables {
	bool nat;
	/* The one that may have the kubelet's hint chains. */
	bool hints;
};

/* Asked before the legacy programs are run, because these load the modules of a table, and then
 * both backends are in force. 0 or a negative errno. */
int direct_legacy_tables(const struct ipmasq_node *node, enum ipmasq_family family,
			 struct legacy_tables *tables, struct failure *failure);

#endif
