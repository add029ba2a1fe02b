/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --from and --live: what a node does with packets to an address, by everybody's
 * rules, and whether the policy wants that. */
#ifndef IPMASQ_EXPLAIN_NODE_H
#define IPMASQ_EXPLAIN_NODE_H

#include "explain/explain_state.h"

/* Adds a dump to read. */
void explain_add_dump(struct explain *explain, const char *path);

/* Reads the node's rules, and says on stderr what is not known of them. CLI_SYSTEM, with a message:
 * they cannot be read. */
enum cli_exit explain_read_node(struct explain *explain, struct ipmasq_nat **nat);

/* Prints the answer for an address. Returns CLI_NO if the node does something else than the policy
 * says, and CLI_SYSTEM, with a message, if the dump does not show its family. */
enum cli_exit explain_on_node(struct explain *explain, const struct ipmasq_nat *nat,
			      const struct target *target);

#endif
