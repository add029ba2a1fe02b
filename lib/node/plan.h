/* SPDX-License-Identifier: Apache-2.0 */
/* Plans the change from what was observed to what is wanted. */
#ifndef LIBIPMASQ_PLAN_H
#define LIBIPMASQ_PLAN_H

#include "node/work.h"

/*
 * How many chains iptables-nft is given in one transaction. Up to 256 it takes the same time for
 * 100,000 entries (one of 15,000 chains takes six times as long); 64 also fit into the socket
 * buffer that a process without privilege in the first user namespace is allowed (Linux 6.18,
 * iptables 1.8.9).
 */
#define NFT_BLOCK_CHAINS 64

/* Plans to bring the table in line with `desired`. -ENOMEM. */
int plan_policy(struct work *w);

/* Plans to insert rules of iptables where a chain only lacks some, after plan_policy(): what is
 * deleted from iptables-nft makes the program wait until the kernel has let go of it, several
 * milliseconds (nft_rcv_nl_event() of Linux 6.18). -ENOMEM. */
int plan_insertions(struct work *w);

/* Plans to take everything of ours away. -ENOMEM. */
int plan_removal(struct work *w);

#endif
