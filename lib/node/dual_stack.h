/* SPDX-License-Identifier: Apache-2.0 */
/* Warns of IPv6 traffic between pods that a configuration for IPv4 masquerades. */
#ifndef LIBIPMASQ_DUAL_STACK_H
#define LIBIPMASQ_DUAL_STACK_H

#include "node/work.h"

/* Adds a finding if this is IPv6, and the node has an IPv6 address that is valid beyond one link. 0
 * or -ENOMEM. */
int dual_stack_warn(struct work *w);

#endif
