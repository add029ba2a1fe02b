/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the nat table of nf_tables, as send_nft_table() writes it. */
#ifndef LIBIPMASQ_KERNEL_NFT_H
#define LIBIPMASQ_KERNEL_NFT_H

#include "node/kernel/reader.h"
#include "node/kernel/send.h"

/*
 * @scope: whose rules come, NULL: those of all chains. What others have outside of the scope is not
 * known, but where that leads to one of our chains, observer->elsewhere is set. NULL: out of
 * memory.
 */
struct reader *nft_reader_new(struct observer *observer, const struct send_scope *scope);

#endif
