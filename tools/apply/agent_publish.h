/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the status of the agent available over HTTP and in a file. */
#ifndef IPMASQ_AGENT_PUBLISH_H
#define IPMASQ_AGENT_PUBLISH_H

#include "apply/agent_state.h"

/* To be called when agent->publish_due is set, and before what may take long. */
void agent_publish(struct agent *agent);

/* Stops to serve. The file stays: its age shows that nobody updates it. */
void agent_publish_end(struct agent *agent);

#endif
