/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of the agent. It waits for signals, changes of files, answers and the time. */
#include "apply/agent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "apply/agent_events.h"
#include "apply/agent_hosts.h"
#include "apply/agent_node.h"
#include "apply/agent_policy.h"
#include "apply/agent_publish.h"
#include "apply/agent_state.h"
#include "cli/output_text.h"

/* How long the files must be quiet after a change, and the longest wait for that. */
#define QUIET_NS (20 * AGENT_MS)
#define TOLD_NS	 (250 * AGENT_MS)

/* Blocks the signals and returns a signalfd(2) for them. @second may be 0. */
static int open_signals(int first, int second)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, first);
	if (second)
		sigaddset(&set, second);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		cli_die(errno, "cannot wait for signals");
	return fd;
}

static void on_hangup(struct agent *agent)
{
	struct signalfd_siginfo info;

	while (read(agent->signals, &info, sizeof(info)) == sizeof(info))
		;
	log_say(&agent->log, LEVEL_INFO, &(struct log_about){ .event = "hangup" },
		"SIGHUP: reading the configuration and checking the node again");
	agent_policy_read(agent, READ_ASKED);
	if (!agent->pending)
		agent->pending = "SIGHUP";
	agent->look_at = 0;
}

static void on_change(struct agent *agent)
{
	uint64_t now = agent_now();

	if (!inputs_told(&agent->inputs))
		return;
	if (!agent->told_at)
		agent->told_at = now;
	agent->read_at = now + QUIET_NS;
	if (agent->read_at > agent->told_at + TOLD_NS)
		agent->read_at = agent->told_at + TOLD_NS;
}

static void on_time(struct agent *agent)
{
	uint64_t times;

	(void)!read(agent->timer, &times, sizeof(times));
}

/* Reports of the kernel cause a look before its time, but do not delay the next that has its time,
 * for which the files are checked too. */
static void look(struct agent *agent, bool told)
{
	uint64_t next = agent->look_at;

	agent_look(agent);
	if (told && next < agent->look_at)
		agent->look_at = next;
}

static void do_due_work(struct agent *agent)
{
	uint64_t now = agent_now();
	bool told;

	if (now >= agent->read_at) {
		agent->read_at = AGENT_NEVER;
		agent->told_at = 0;
		agent_policy_read(agent, READ_TOLD);
	}
	told = agent_events_due(agent);
	if (now >= agent->look_at)
		agent_policy_read(agent, READ_LOOK);
	if (told || now >= agent->look_at)
		look(agent, told && now < agent->look_at);
}

static void wait_for_next(struct agent *agent)
{
	uint64_t due = agent->read_at < agent->look_at ? agent->read_at : agent->look_at;
	uint64_t reports = agent_events_wait(agent);
	struct itimerspec at = { 0 };
	struct pollfd polls[AGENT_SOURCES];

	due = due < reports ? due : reports;
	/* 0 would disarm the timer. */
	due = due ? due : 1;
	at.it_value.tv_sec = (time_t)(due / AGENT_SECOND);
	at.it_value.tv_nsec = (long)(due % AGENT_SECOND);
	if (timerfd_settime(agent->timer, TFD_TIMER_ABSTIME, &at, NULL) < 0)
		cli_die(errno, "cannot set a timer");
	for (nfds_t i = 0; i < agent->source_count; i++)
		polls[i] = (struct pollfd){ .fd = agent->sources[i].fd, .events = POLLIN };
	if (poll(polls, agent->source_count, -1) < 0) {
		if (errno != EINTR && errno != ENOMEM)
			cli_die(errno, "cannot wait");
		return;
	}
	for (nfds_t i = 0; i < agent->source_count; i++)
		if (polls[i].revents)
			agent->sources[i].ready(agent);
}

static void on_stop(struct agent *agent)
{
	/* The loop calls agent_stopping(). */
	(void)agent;
}

static void open_sources(struct agent *agent)
{
	agent->stop = open_signals(SIGTERM, SIGINT);
	agent->signals = open_signals(SIGHUP, 0);
	agent->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (agent->timer < 0)
		cli_die(errno, "cannot set a timer");
	agent_add_source(agent, agent->stop, on_stop);
	agent_add_source(agent, agent->signals, on_hangup);
	agent_add_source(agent, agent->timer, on_time);
	agent_hosts_start(agent);
	agent_events_start(agent);
}

/* The kernel may have refused to report changes at first. */
static void watch_inputs(struct agent *agent)
{
	if (agent->inputs.fd < 0 || agent->inputs_watched)
		return;
	agent_add_source(agent, agent->inputs.fd, on_change);
	agent->inputs_watched = true;
}

static void open_node(struct agent *agent)
{
	struct apply *apply = agent->apply;
	int r = ipmasq_diags_new(&apply->diags);

	if (r == 0)
		r = apply_open_node(apply);
	if (r == 0)
		r = ipmasq_node_set_stop_fd(apply->node, agent->stop);
	if (r == 0)
		return;
	if (apply->diags)
		text_findings(stderr, apply->diags, IPMASQ_NOTE);
	cli_die(r, "cannot open the node");
}

enum cli_exit agent_run(struct apply *apply)
{
	struct agent agent = { .apply = apply, .log.json = apply->log_json };

	agent_policy_start(&agent);
	open_sources(&agent);
	open_node(&agent);
	log_start(&agent.log);
	agent.status.started_at = status_clock();
	log_say(&agent.log, LEVEL_INFO, &(struct log_about){ .event = "start" },
		"ipmasq-apply %s keeps this node in line", ipmasq_version());
	agent_policy_say_mounts(&agent);
	agent_publish(&agent);
	agent_policy_read(&agent, READ_ASKED);
	while (!agent_stopping(&agent)) {
		do_due_work(&agent);
		watch_inputs(&agent);
		/* Not otherwise: the file of the metrics may be in a directory that is watched. */
		if (agent.publish_due)
			agent_publish(&agent);
		if (!agent_stopping(&agent))
			wait_for_next(&agent);
	}
	log_say(&agent.log, LEVEL_INFO, &(struct log_about){ .event = "stop" },
		"stopping; the rules stay as they are");
	agent_publish_end(&agent);
	agent_policy_release(&agent);
	log_stop(&agent.log);
	close(agent.timer);
	close(agent.signals);
	close(agent.stop);
	return CLI_FINE;
}
