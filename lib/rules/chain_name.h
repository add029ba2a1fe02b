/* SPDX-License-Identifier: Apache-2.0 */
/* The names of our chains: the root, which POSTROUTING jumps to, and its sub-chains. */
#ifndef LIBIPMASQ_CHAIN_NAME_H
#define LIBIPMASQ_CHAIN_NAME_H

#include "rules/ruleset.h"

/* Up to ten bytes of the root's name, a dot, four digits, a dot, and the NUL. */
#define CHAIN_PREFIX_MAX 17

/*
 * The beginning of the names of all sub-chains of @root: the first bytes of its name, for people,
 * and a hash of its whole name, so that two roots never take each other's chains for their own.
 * Returns the length.
 */
size_t chain_prefix(const char *root, char prefix[CHAIN_PREFIX_MAX]);

/* The name of a sub-chain of @root: @generation is the letter of its ruleset, and @what at most
 * seven bytes that no region of a tree is called. */
void chain_sub_name(const char *root, char generation, const char *what,
		    char name[CHAIN_NAME_MAX + 1]);

/* The name of the sub-chain for a region of a tree, which is one of sources or of destinations.
 * @prefix is that of chain_prefix(). Each @salt, from 0 on, is for another name, if one is taken.
 */
void chain_region_name(const char *prefix, char generation, bool by_source,
		       const struct prefix *region, uint64_t salt, char name[CHAIN_NAME_MAX + 1]);

/* Writes @len digits of a hash, in base 36 and from the least one on, and the NUL. */
void chain_put_digits(uint64_t hash, char *text, size_t len);

/*
 * Adds the first chain of a ruleset whose policy is set. With iptables it is the root. With
 * nftables the base chain, which stays, is called that, so this one is named like a sub-chain.
 * -ENOMEM.
 */
int chain_add_first(struct ipmasq_ruleset *ruleset);

/* Whether @name is @root or can be a sub-chain of it. */
bool chain_is_ours(const char *name, const char *root);

#endif
