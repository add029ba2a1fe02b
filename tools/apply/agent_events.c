/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repairs at once what others change, where the kernel reports it, and looks whether changes of
 * their own rules override ours.
 *
 * Reports may come by thousands per second, and in a fight each repair causes the next change. So
 * they are read at most every REST_NS, and the gap between two looks that they cause grows, from
 * GAP_NS up to the interval, while they come sooner than that. Changes of others' own rules cause
 * one look in an interval, since most nodes have some all the time, and the next look with the
 * interval sees the rest.
 */
#include "apply/agent_events.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Who changes rules often does it in several steps. */
#define QUIET_NS (20 * AGENT_MS)
/* For so long nobody reads the reports after some that are about rules of others. */
#define REST_NS (100 * AGENT_MS)
#define GAP_NS	AGENT_SECOND
/* Others write what belongs together in several transactions. */
#define OTHERS_NS AGENT_SECOND
/* How often one look takes reports, each time a bounded number. */
#define TAKES_MAX 8

static void stop_listening(struct agent *agent)
{
	ipmasq_node_unlisten(agent->apply->node);
	agent->events.fd = -1;
}

/* The backend is not known before the first look. */
static bool is_legacy(const struct agent *agent)
{
	const struct status_family *families = agent->status.families;
	bool known = false;

	if (agent->apply->backend != IPMASQ_BACKEND_AUTO)
		return agent->apply->backend == IPMASQ_BACKEND_LEGACY;
	for (int f = 0; f < 2; f++) {
		if (families[f].backend == IPMASQ_BACKEND_NFT ||
		    families[f].backend == IPMASQ_BACKEND_NFTABLES)
			return false;
		known |= families[f].backend == IPMASQ_BACKEND_LEGACY;
	}
	return known;
}

/* Once: the interval is what the documentation promises. */
static void say_deaf(struct agent *agent, int error)
{
	if (!agent->events.deaf_said)
		log_say(&agent->log, LEVEL_INFO, &(struct log_about){ .event = "note" },
			"the kernel does not report changes of rules (%s); they are found once per "
			"interval",
			strerror(-error));
	agent->events.deaf_said = true;
}

/* Takes what there is, as far as it is not too much for once. */
static void take_reports(struct agent *agent, struct ipmasq_changes *all)
{
	struct agent_events *events = &agent->events;
	struct ipmasq_changes changes = { .more = true };

	*all = (struct ipmasq_changes){ .ours = false };
	for (int i = 0; i < TAKES_MAX && changes.more; i++) {
		int r = ipmasq_node_changes(agent->apply->node, agent->apply->policy, &changes,
					    sizeof(changes));

		/* The next look asks for another descriptor. */
		if (r < 0) {
			stop_listening(agent);
			all->lost = true;
			return;
		}
		all->ours |= changes.ours;
		all->others |= changes.others;
		all->lost |= changes.lost;
		snprintf(events->process, sizeof(events->process), "%s", changes.process);
	}
}

/* Looks soon, but not too often. */
static void look_soon(struct agent *agent, uint64_t now)
{
	struct agent_events *events = &agent->events;
	uint64_t due = now + QUIET_NS;
	uint64_t interval = agent_interval(agent);

	if (events->looked_at && now > events->looked_at + 2 * events->gap)
		events->gap = GAP_NS;
	if (events->looked_at && due < events->looked_at + events->gap) {
		due = events->looked_at + events->gap;
		events->gap = 2 * events->gap < interval ? 2 * events->gap : interval;
		if (events->gap < GAP_NS)
			events->gap = GAP_NS;
	}
	events->look_at = due;
	/* The look takes what comes until then. */
	events->rest_until = due;
}

/* Looks for what overrides ours, unless that was done in this interval. */
static void look_for_others(struct agent *agent, uint64_t now)
{
	struct agent_events *events = &agent->events;

	if (events->others_at != AGENT_NEVER)
		return;
	if (!events->others_looked_at || now >= events->others_looked_at + agent_interval(agent))
		events->others_at = now + OTHERS_NS;
}

static void on_reports(struct agent *agent)
{
	struct agent_events *events = &agent->events;
	uint64_t now = agent_now();
	struct ipmasq_changes changes;

	take_reports(agent, &changes);
	/* Legacy rules of ours are not reported, so all is of others. */
	if (is_legacy(agent)) {
		changes.others |= changes.ours || changes.lost;
		changes.ours = false;
		changes.lost = false;
	}
	if (changes.others)
		look_for_others(agent, now);
	if (changes.ours || changes.lost)
		look_soon(agent, now);
	else
		events->rest_until = now + REST_NS;
}

void agent_events_start(struct agent *agent)
{
	agent->events.fd = -1;
	agent->events.look_at = AGENT_NEVER;
	agent->events.others_at = AGENT_NEVER;
	agent->events.gap = GAP_NS;
	agent->events.source = agent->source_count;
	agent_add_source(agent, -1, on_reports);
}

void agent_events_before_look(struct agent *agent)
{
	struct agent_events *events = &agent->events;
	struct ipmasq_changes changes;
	int r;

	/* Another network namespace has another descriptor. */
	r = ipmasq_node_listen(agent->apply->node, &events->fd);
	if (r < 0) {
		events->fd = -1;
		if (!is_legacy(agent))
			say_deaf(agent, r);
	}
	events->look_at = AGENT_NEVER;
	events->others_at = AGENT_NEVER;
	events->rest_until = 0;
	if (events->fd < 0)
		return;
	take_reports(agent, &changes);
	/* Otherwise the next drift may be the work of another. */
	if (!changes.ours && !events->look_now)
		events->process[0] = '\0';
}

uint64_t agent_events_wait(struct agent *agent)
{
	struct agent_events *events = &agent->events;
	uint64_t due = events->look_at < events->others_at ? events->look_at : events->others_at;
	bool resting = events->fd >= 0 && events->rest_until > agent_now();

	agent->sources[events->source].fd = resting ? -1 : events->fd;
	if (resting && events->rest_until < due)
		return events->rest_until;
	return due;
}

bool agent_events_due(struct agent *agent)
{
	struct agent_events *events = &agent->events;
	uint64_t now = agent_now();

	events->look_now = now >= events->look_at;
	if (events->look_now) {
		events->look_at = AGENT_NEVER;
		events->looked_at = now;
		agent->status.event_looks++;
		return true;
	}
	if (now < events->others_at)
		return false;
	events->others_at = AGENT_NEVER;
	events->others_looked_at = now;
	agent->status.others_looks++;
	return true;
}
