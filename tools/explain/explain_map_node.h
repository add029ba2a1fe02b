/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --map --live and --map --from: where a node departs from the policy. */
#ifndef IPMASQ_EXPLAIN_MAP_NODE_H
#define IPMASQ_EXPLAIN_MAP_NODE_H

#include "explain/explain_state.h"

/* Draws it. Returns CLI_NO if rules decide otherwise than the policy for certain, for IPv6 also,
 * and CLI_SYSTEM, with a message, if that cannot be told. */
enum cli_exit explain_map_node(struct explain *explain, const struct ipmasq_nat *nat);

#endif
