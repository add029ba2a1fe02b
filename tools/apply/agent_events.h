/* SPDX-License-Identifier: Apache-2.0 */
/* Repairs at once what others change, where the kernel reports it. */
#ifndef IPMASQ_AGENT_EVENTS_H
#define IPMASQ_AGENT_EVENTS_H

#include "apply/agent_state.h"

/* To be called before the loop. */
void agent_events_start(struct agent *agent);

/* Listens to the node from now on, as far as it can be listened to, and forgets the reports so far:
 * a look follows. */
void agent_events_before_look(struct agent *agent);

/* Sets for which descriptor the loop waits. Returns when it is to wake up for reports at the
 * latest, or AGENT_NEVER. */
uint64_t agent_events_wait(struct agent *agent);

/* Whether reports call for a look now. If so, counts it. */
bool agent_events_due(struct agent *agent);

#endif
