/* SPDX-License-Identifier: Apache-2.0 */
/* The iptables programs as functions: save, restore, and the errors of these. */
#ifndef LIBIPMASQ_IPTABLES_H
#define LIBIPMASQ_IPTABLES_H

#include "node/failure.h"
#include "node/node.h"

/* The paths of the two programs of one variant. */
struct program_pair {
	char *save;
	char *restore;
};

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

/* Runs `PROGRAM --version`. Where there is no answer, an error, and @failure says why. */
int iptables_version(const struct ipmasq_node *node, const char *path, enum ipmasq_backend *variant,
		     struct failure *failure);

#endif
