/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the nat table of nf_tables, as send_nft_table() writes it. */
#ifndef LIBIPMASQ_KERNEL_NFT_H
#define LIBIPMASQ_KERNEL_NFT_H

#include "node/kernel/reader.h"

/* NULL: out of memory. */
struct reader *nft_reader_new(struct observer *observer);

#endif
