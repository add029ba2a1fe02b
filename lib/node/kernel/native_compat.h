/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel for what iptables-nft needs beside nf_tables. */
#ifndef LIBIPMASQ_KERNEL_NATIVE_COMPAT_H
#define LIBIPMASQ_KERNEL_NATIVE_COMPAT_H

#include "node/kernel/native_socket.h"

/* Whether it has nft_compat with the match and the target of our rules: 1, 0, or the error of an
 * answer that tells neither. */
int native_compat(struct native_socket *socket);

#endif
