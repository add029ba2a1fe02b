/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the addresses of the host names in the configuration. */
#ifndef IPMASQ_AGENT_HOSTS_H
#define IPMASQ_AGENT_HOSTS_H

#include "apply/agent_state.h"

/* To be called before the loop. */
void agent_hosts_start(struct agent *agent);

/* Starts to look up the names again. When an address has changed, sets agent->hosts_due. */
void agent_hosts_ask(struct agent *agent);

/* Counts the names of a configuration, and those without a known address, in the status. */
void agent_hosts_count(struct agent *agent, const struct ipmasq_config *config);

/* Logs which addresses the names got and lost. Returns whether there were any. */
bool agent_hosts_say(struct agent *agent);

#endif
