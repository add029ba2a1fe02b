/* SPDX-License-Identifier: Apache-2.0 */
/* Which chains are ours? The one POSTROUTING jumps to, the root, and the names kept for its
 * sub-chains. */
#ifndef LIBIPMASQ_CHAIN_NAME_H
#define LIBIPMASQ_CHAIN_NAME_H

#include "profile/options.h"

/* Up to ten bytes of the root's name, a dot, four digits, a dot, and the NUL. */
#define CHAIN_PREFIX_MAX 17

/*
 * What the names of all sub-chains of @root begin with: so much of its name that it is recognised,
 * and a hash of all of it, so that two roots never take each other's chains for their own. Returns
 * the length.
 */
size_t chain_prefix(const char *root, char prefix[CHAIN_PREFIX_MAX]);

/* Whether @name is @root or can be a sub-chain of it. */
bool chain_is_ours(const char *name, const char *root);

#endif
