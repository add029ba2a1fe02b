/* SPDX-License-Identifier: Apache-2.0 */
/* Deletes rules of nf_tables by their handles, which needs no words for them. */
#ifndef LIBIPMASQ_KERNEL_NFT_DELETE_H
#define LIBIPMASQ_KERNEL_NFT_DELETE_H

#include "util/buf.h"

/* Adds the messages of one transaction that deletes rules of POSTROUTING in table nat. The kernel
 * refuses it where @generation, in which the handles were seen, has passed: the table may have been
 * made anew since, with other rules under the same handles. */
void nft_delete_rules(struct buf *buf, enum ipmasq_family family, uint32_t generation,
		      const uint64_t *handles, size_t count);

/* Sends the messages from stdin to the kernel. Runs in a child: only async-signal-safe calls. The
 * argument is not used. Returns an exit status: 0, or the positive errno of the kernel's first
 * refusal, ERESTART where the generation has passed. */
int nft_send_batch(int unused);

#endif
