/* SPDX-License-Identifier: Apache-2.0 */
/* How is the agent, for those who ask? */
#include "agent.h"

/* Longer than a look may take when every program of it hangs. */
#define STUCK_MS (10 * 60 * 1000)

void agent_publish(struct agent *agent)
{
	struct agent_status *status = &agent->status;
	uint64_t now = agent_now();
	uint64_t wait_ms = agent->look_at > now ? (agent->look_at - now) / AGENT_MS : 0;

	status->in_force = agent->apply->policy != NULL;
	status->interval_ms = agent_interval(agent) / AGENT_MS;
	status->next_look_at = status_clock() + (status_time)wait_ms;
	status->alive_until = status_uptime() + (status_time)wait_ms + STUCK_MS;
}
