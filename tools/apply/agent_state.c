/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the agent (ipmasq-apply --watch). */
#include "apply/agent_state.h"

#include <errno.h>
#include <time.h>

/* The interval while there is no policy. */
#define DEFAULT_NS (60 * AGENT_SECOND)

uint64_t agent_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * AGENT_SECOND + (uint64_t)now.tv_nsec;
}

bool agent_stopping(const struct agent *agent)
{
	struct pollfd stop = { .fd = agent->stop, .events = POLLIN };

	return poll(&stop, 1, 0) > 0;
}

void agent_add_source(struct agent *agent, int fd, void (*ready)(struct agent *agent))
{
	if (agent->source_count == AGENT_SOURCES)
		cli_die(ENOSPC, "cannot start");
	agent->sources[agent->source_count++] = (struct agent_source){ .fd = fd, .ready = ready };
}

uint64_t agent_interval(const struct agent *agent)
{
	struct ipmasq_policy_details info;

	if (ipmasq_policy_info(agent->apply->policy, &info, sizeof(info)) < 0)
		return DEFAULT_NS;
	return info.resync_interval;
}
