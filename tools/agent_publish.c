/* SPDX-License-Identifier: Apache-2.0 */
/* How is the agent, for those who ask? */
#include <string.h>

#include "agent.h"
#include "http.h"

/* Longer than a look may take when every program of it hangs. */
#define STUCK_MS (10 * 60 * 1000)

/* Of the policy, and so whether or not the kernel could be given them. Without memory for that they
 * are counted the next time. */
static int count_rules(struct agent *agent, enum ipmasq_family family)
{
	struct status_family *status = status_family(&agent->status, family);
	struct ipmasq_ruleset *rules = NULL;
	int r = ipmasq_ruleset_new(agent->apply->policy, family, 0, &rules);

	if (r < 0)
		return r;
	status->layout = ipmasq_ruleset_layout(rules);
	status->rules = ipmasq_ruleset_rule_count(rules);
	status->chains = ipmasq_ruleset_chain_count(rules);
	status->entries = ipmasq_policy_entry_count(agent->apply->policy, family);
	ipmasq_ruleset_free(rules);
	return 0;
}

/* Not before the policy is in the kernel, or at least was tried: that comes first. */
static void count_once(struct agent *agent)
{
	const char *hash = agent->status.policy_hash;

	if (agent->status.families[0].state == IPMASQ_STATE_UNKNOWN || !agent->apply->policy ||
	    strcmp(agent->counted, hash) == 0)
		return;
	if (count_rules(agent, IPMASQ_IPV4) == 0 &&
	    (ipmasq_policy_ipv6(agent->apply->policy) == IPMASQ_OFF ||
	     count_rules(agent, IPMASQ_IPV6) == 0))
		memcpy(agent->counted, hash, sizeof(agent->counted));
}

/* The rules matter more than being asked: what cannot be had is said, and tried again. */
static void serve(struct agent *agent)
{
	static const struct log_about about = { .event = "listen" };
	const char *where = agent->apply->listen;
	struct http_place place;
	int r;

	if (agent->http || !where)
		return;
	r = http_place_read(&place, where);
	if (r == 0)
		r = http_start(&place, &agent->http);
	if (r == 0)
		log_say(&agent->log, LEVEL_INFO, &about,
			"/metrics, /healthz and /readyz are served at http://%s", place.text);
	else if (r != agent->listen_error)
		log_say(&agent->log, LEVEL_ERROR, &about,
			"cannot serve at %s, and will try again: %s", where, strerror(-r));
	agent->listen_error = r;
}

static void write_file(struct agent *agent)
{
	static const struct log_about about = { .event = "metrics-file" };
	const char *path = agent->apply->metrics_file;
	int r;

	if (!path)
		return;
	r = metrics_file_write(path, &agent->status);
	if (r < 0 && r != agent->file_error)
		log_say(&agent->log, LEVEL_ERROR, &about,
			"cannot write the metrics to %s, and will try again: %s", path,
			strerror(-r));
	else if (r == 0 && agent->file_error)
		log_say(&agent->log, LEVEL_INFO, &about, "the metrics are written to %s again",
			path);
	agent->file_error = r;
}

void agent_publish(struct agent *agent)
{
	struct agent_status *status = &agent->status;
	uint64_t now = agent_now();
	uint64_t wait_ms = agent->look_at > now ? (agent->look_at - now) / AGENT_MS : 0;

	status->in_force = agent->apply->policy != NULL;
	status->interval_ms = agent_interval(agent) / AGENT_MS;
	status->next_look_at = status_clock() + (status_time)wait_ms;
	status->alive_until = status_uptime() + (status_time)wait_ms + STUCK_MS;
	count_once(agent);
	serve(agent);
	if (agent->http)
		http_publish(agent->http, status);
	write_file(agent);
}

/* The file stays, and tells by its age that nobody keeps it up to date. */
void agent_publish_end(struct agent *agent)
{
	http_stop(agent->http);
	agent->http = NULL;
}
