/* SPDX-License-Identifier: Apache-2.0 */
/* The iptables programs as functions: save, restore, and what their complaints mean. */
#ifndef LIBIPMASQ_IPTABLES_H
#define LIBIPMASQ_IPTABLES_H

#include "node/lines.h"
#include "node/node.h"
#include "node/programs.h"
#include "node/run.h"

struct iptables {
	const struct ipmasq_node *node;
	enum ipmasq_family family;
	enum ipmasq_backend backend;
	const struct program_pair *programs;
};

/*
 * Runs `save -t TABLE`; @line gets its lines. 0: it ended well, which does not yet mean that its
 * output was whole. Else a negative errno, and @failure says why.
 */
int iptables_save(const struct iptables *iptables, const char *table,
		  int (*line)(void *context, const char *text, size_t len, bool cut), void *context,
		  struct failure *failure);

/* Runs `restore --noflush` on a script; @test: commits nothing. Errors as above. */
int iptables_restore(const struct iptables *iptables, const char *script, size_t len, bool test,
		     struct failure *failure);

/*
 * Runs @send with AF_INET or AF_INET6 where the rules are; @output gets what it writes. 0: all was
 * well on its side. -EAGAIN: it was not; else as above, or what @output returned.
 */
int iptables_ask_kernel(const struct iptables *iptables, int (*send)(int family),
			int (*output)(void *context, const char *data, size_t len), void *context,
			struct failure *failure);

/* Runs `PROGRAM --version`. */
int iptables_version(const struct ipmasq_node *node, const char *path, enum ipmasq_backend *variant,
		     struct failure *failure);

/* Whether the kernel lists a legacy table. Asked before the legacy programs are, because these load
 * its modules, and then both backends are in force. 0 or a negative errno. */
int iptables_legacy_listed(const struct ipmasq_node *node, enum ipmasq_family family,
			   const char *table, bool *listed, struct failure *failure);

/* A program's name without its directory. */
const char *program_name(const char *path);

#endif
