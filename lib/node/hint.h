/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the kubelet says that the node uses a backend. */
#ifndef LIBIPMASQ_HINT_H
#define LIBIPMASQ_HINT_H

#include "node/iptables.h"

/*
 * Whether the kubelet keeps its hint chains in this backend's mangle table. Where that is the
 * legacy one, the kernel has to list it: a look at it loads its module. -EPROTO and others: that is
 * not known, and
 * @failure says why.
 */
int hint_look(const struct iptables *iptables, bool *found, struct failure *failure);

#endif
