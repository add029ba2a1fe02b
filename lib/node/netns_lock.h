/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lock of a network namespace among processes that use this library: flock(2) of the namespace
 * itself, which two containers share even where they have no file in common.
 */
#ifndef LIBIPMASQ_NETNS_LOCK_H
#define LIBIPMASQ_NETNS_LOCK_H

#include "node/failure.h"
#include "node/node.h"

/*
 * Takes the lock, and waits for it as long as for the xtables lock. node->lock tells that it is
 * held. Until then the programs that are run hold it too: what a process that was killed has begun
 * to write is written before another one gets the lock.
 *
 * 0, also where the namespace cannot be locked, since there is no /proc; -EBUSY: another process
 * holds it; -ECANCELED.
 */
int netns_lock(struct ipmasq_node *node, struct failure *failure);

void netns_unlock(struct ipmasq_node *node);

#endif
