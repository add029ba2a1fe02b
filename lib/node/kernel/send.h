/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the kernel for its nat table and writes the answers to stdout. Runs in a child, which may be
 * in another network namespace, after the fork of a process that may have threads: only
 * async-signal-safe calls.
 */
#ifndef LIBIPMASQ_KERNEL_SEND_H
#define LIBIPMASQ_KERNEL_SEND_H

/* Both take AF_INET or AF_INET6 and return an exit status. */

/* Writes the messages about all tables and chains of the family, then those about the rules of
 * table nat, chain by chain, then one about the generation of all; each answer is padded to a
 * multiple of 8 bytes. */
int send_nft_table(int family);

/* Writes a struct ipt_getinfo, padded to a multiple of 8 bytes, then the entries of table nat,
 * twice. */
int send_legacy_table(int family);

#endif
