/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the kernel for its nat table and writes the answers to stdout. Runs in a child, which may be
 * in another network namespace, after the fork of a process that may have threads: only
 * async-signal-safe calls.
 */
#ifndef LIBIPMASQ_KERNEL_SEND_H
#define LIBIPMASQ_KERNEL_SEND_H

#include <stdbool.h>

#include "rules/chain_name.h"

/* Whose rules are asked for: those of POSTROUTING, of the root and of its sub-chains. */
struct send_scope {
	char root[CHAIN_NAME_MAX + 1];
	/* What the names of the sub-chains begin with. */
	char prefix[CHAIN_PREFIX_MAX];
};

void send_scope_set(struct send_scope *scope, const char *root);

/* Whether the rules of this chain of table nat are asked for. */
bool send_scope_has(const struct send_scope *scope, const char *chain);

/* Both functions take AF_INET or AF_INET6 and return an exit status. */

/* Writes the messages about all tables and chains of the family, then those about the rules of
 * table nat, chain by chain, then one about the generation of all; each answer is padded to a
 * multiple of 8 bytes. Stdin holds a struct send_scope, or nothing: then all chains are asked for.
 */
int send_nft_table(int family);

/* Writes a struct ipt_getinfo, padded to a multiple of 8 bytes, then the entries of table nat,
 * twice; then header and entries of the table that nat_legacy_prune() makes of it, unless that
 * fails. */
int send_legacy_table(int family);

#endif
