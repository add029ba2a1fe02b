/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for the chains by which the kubelet tells which variant of iptables the node uses. Runs in
 * a child, as send.h describes.
 */
#ifndef LIBIPMASQ_KERNEL_HINTS_H
#define LIBIPMASQ_KERNEL_HINTS_H

#include "util/common.h"

/* Ends with NULL; the kubelet makes them in table mangle. */
extern const char *const hint_chains[];

#define HINT_TABLE "mangle"

bool is_hint_chain(const char *name);

#define HINT_FOUND 'y'
#define HINT_NONE  'n'

/* Both take AF_INET or AF_INET6, write HINT_FOUND or HINT_NONE to stdout, and return an exit
 * status: 0, or 1 where the kernel gave no answer. */
int send_nft_hints(int family);
/* Loads the module of the table where the kernel does not list it. */
int send_legacy_hints(int family);

#endif
