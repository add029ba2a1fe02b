/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the status of the agent available over HTTP and in a file. */
#include "apply/agent_publish.h"

#include <string.h>

#include "apply/http.h"
#include "apply/metrics_file.h"
#include "cli/resolver.h"

/* The library's, in seconds. */
#define LOCK_WAIT_DEFAULT 5

/* Starts to serve. On failure it logs why and tries again later: the rules matter more. */
static void start_to_serve(struct agent *agent)
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
			"serving /metrics, /healthz and /readyz at http://%s", place.text);
	else if (r != agent->listen_error)
		log_say(&agent->log, LEVEL_ERROR, &about, "cannot serve at %s, will try again: %s",
			where, strerror(-r));
	agent->listen_error = r;
}

static void write_metrics(struct agent *agent)
{
	static const struct log_about about = { .event = "metrics-file" };
	const char *path = agent->apply->metrics_file;
	int r;

	if (!path)
		return;
	r = metrics_file_write(path, &agent->status);
	if (r < 0 && r != agent->file_error)
		log_say(&agent->log, LEVEL_ERROR, &about,
			"cannot write the metrics to %s, will try again: %s", path, strerror(-r));
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

	if (agent->apply->cli.hosts.resolver)
		status->resolutions_failed = resolver_failures(agent->apply->cli.hosts.resolver);
	status->log_dropped = log_dropped(&agent->log);
	status->in_force = agent->apply->policy != NULL;
	status->interval_ms = agent_interval(agent) / AGENT_MS;
	status->next_look_at = status_clock() + (status_time)wait_ms;
	status->alive_until =
		status_uptime() + (status_time)wait_ms +
		status_patience(agent->apply->has_wait ? agent->apply->wait : LOCK_WAIT_DEFAULT);
	start_to_serve(agent);
	if (agent->http)
		http_publish(agent->http, status);
	write_metrics(agent);
	agent->publish_due = false;
}

void agent_publish_end(struct agent *agent)
{
	http_stop(agent->http);
	agent->http = NULL;
}
