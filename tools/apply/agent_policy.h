/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the configuration when it changes. The policy in force is the last good one. */
#ifndef IPMASQ_AGENT_POLICY_H
#define IPMASQ_AGENT_POLICY_H

#include "apply/agent_state.h"

enum agent_read {
	/* The kernel reported a change, and the files have been quiet since. */
	READ_TOLD,
	/* The node is due for a look, so all files are too. */
	READ_LOOK,
	/* At the start, and on SIGHUP. */
	READ_ASKED,
};

void agent_policy_start(struct agent *agent);

/* Logs which inputs are mounted so that changes of them never arrive. */
void agent_policy_say_mounts(const struct agent *agent);

/* Reads the configuration if it may have changed. A good one becomes the policy and is pending. */
void agent_policy_read(struct agent *agent, enum agent_read why);

void agent_policy_release(struct agent *agent);

#endif
