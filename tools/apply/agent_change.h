/* SPDX-License-Identifier: Apache-2.0 */
/* Logs what a new policy changes. */
#ifndef IPMASQ_AGENT_CHANGE_H
#define IPMASQ_AGENT_CHANGE_H

#include "apply/agent_state.h"

/* To be called before @after is applied. @before may be NULL. */
void agent_policy_changed(struct agent *agent, const struct ipmasq_policy *before,
			  const struct ipmasq_policy *after);

#endif
