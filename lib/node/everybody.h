/* SPDX-License-Identifier: Apache-2.0 */
/* Everybody's rules of a node. */
#ifndef LIBIPMASQ_EVERYBODY_H
#define LIBIPMASQ_EVERYBODY_H

#include "nat/view.h"
#include "node/kernel/nat_kernel.h"
#include "node/node.h"

/* Reads them from the node's namespace; errors, @families and @known as nat_kernel_read() has them.
 */
int everybody_read(const struct ipmasq_node *node, unsigned int families,
		   const struct nat_known *known, struct ipmasq_nat **nat);

#endif
