/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the node with the policy, and brings it in line. */
#ifndef IPMASQ_AGENT_NODE_H
#define IPMASQ_AGENT_NODE_H

#include "apply/agent_state.h"

/* Looks at the node, brings it in line if necessary, and sets the time of the next look. */
void agent_look(struct agent *agent);

#endif
