/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the node with the policy, and brings it in line. */
#include "apply/agent_node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "apply/agent_events.h"
#include "apply/agent_fight.h"
#include "cli/hash.h"

/* The log shows so many notes per family and look. */
#define NOTES_MAX 100

#define SHORTEST_NS  (100 * AGENT_MS)
#define RETRY_NS     AGENT_SECOND
#define RETRY_MAX_NS (300 * AGENT_SECOND)
#define SAY_AGAIN_NS (3600 * AGENT_SECOND)

static const enum ipmasq_family families[2] = { IPMASQ_IPV4, IPMASQ_IPV6 };

/* Where the kernel has no random bytes yet, the time at which the node got here must do. */
static uint64_t random_number(void)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) == (ssize_t)sizeof(number))
		return number;
	number = agent_now();
	return hash_bytes(HASH_START, &number, sizeof(number));
}

/* A random time between @low and @high percent, so that the nodes of a cluster do not all work at
 * once. */
static uint64_t jitter(uint64_t time, unsigned int low, unsigned int high)
{
	return time / 100 * low + random_number() % (time / 100 * (high - low) + 1);
}

static struct ipmasq_result result_of(const struct agent *agent, int f)
{
	struct ipmasq_result result = { .error = 0 };

	ipmasq_report_result(agent->apply->report, families[f], &result, sizeof(result));
	return result;
}

/* Logs that there are more notes than the log shows. Their number may change with each look. */
static void say_more_notes(struct agent *agent, int f, size_t count)
{
	static const char what[] = "more notes";
	const struct log_about about = { .event = "note", .family = (int)families[f] };
	uint64_t hash = hash_bytes(HASH_START, &families[f], sizeof(families[f]));

	if (count > NOTES_MAX &&
	    log_is_due(&agent->notes, hash_bytes(hash, what, sizeof(what)), agent_now()))
		log_say(&agent->log, LEVEL_WARNING, &about, "%zu more notes are not shown",
			count - NOTES_MAX);
}

/* Logs and keeps what a rule of others decides otherwise. */
static void say_override(struct agent *agent, int f, const char *line)
{
	const struct log_about about = { .event = "overridden", .family = (int)families[f] };
	struct status_family *status = &agent->status.families[f];
	uint64_t hash = hash_bytes(HASH_START, &families[f], sizeof(families[f]));

	if (!status->overridden[0])
		status_set_reason(status->overridden, line);
	hash = hash_bytes(hash, line, strlen(line));
	if (log_is_due(&agent->notes, hash, agent_now()))
		log_say(&agent->log, LEVEL_WARNING, &about, "overridden: %s", line);
}

/* Logs a note, but not again before it is due. */
static void say_note(struct agent *agent, int f, const char *line)
{
	enum ipmasq_state state = result_of(agent, f).state;
	const struct log_about about = { .event = "note", .family = (int)families[f] };
	uint64_t hash = hash_bytes(HASH_START, &families[f], sizeof(families[f]));

	hash = hash_bytes(hash, line, strlen(line));
	if (log_is_due(&agent->notes, hash, agent_now()))
		log_say(&agent->log, state == IPMASQ_STATE_SKIPPED ? LEVEL_INFO : LEVEL_WARNING,
			&about, "%s%s", state == IPMASQ_STATE_SKIPPED ? "skipped: " : "", line);
}

static enum status_repair repair_of(enum ipmasq_line_kind kind)
{
	switch (kind) {
	case IPMASQ_LINE_CHAIN_MISSING:
		return STATUS_CHAIN_MISSING;
	case IPMASQ_LINE_JUMP_MISSING:
		return STATUS_JUMP_MISSING;
	case IPMASQ_LINE_JUMP_DIFFERS:
		return STATUS_JUMP_CHANGED;
	case IPMASQ_LINE_STALE:
		return STATUS_LEFTOVERS;
	default:
		return STATUS_CHAIN_CHANGED;
	}
}

static void say_lines(struct agent *agent, int f)
{
	const struct ipmasq_report *report = agent->apply->report;
	struct log_about about = { .family = (int)families[f] };
	enum ipmasq_backend in_use = result_of(agent, f).backend;
	/* What repeats itself is told by agent_fight.c. */
	bool quiet = agent_fight_is_on(agent, f) && (!agent->pending || agent->is_repair);
	struct ipmasq_line line;
	size_t notes = 0;

	agent->status.families[f].overridden[0] = '\0';
	for (size_t i = 0; ipmasq_report_line(report, families[f], i, &line, sizeof(line)) == 0;
	     i++) {
		const char *backend;

		about.backend = line.backend != IPMASQ_BACKEND_AUTO ? line.backend : in_use;
		backend = ipmasq_backend_name(about.backend);
		if (line.kind == IPMASQ_LINE_NOTE) {
			if (++notes <= NOTES_MAX)
				say_note(agent, f, line.text);
		} else if (line.kind == IPMASQ_LINE_OVERRIDE) {
			say_override(agent, f, line.text);
		} else if (line.kind == IPMASQ_LINE_CHANGE) {
			about.event = "changed";
			about.reason = agent->pending;
			if (!quiet)
				log_say(&agent->log, LEVEL_INFO, &about, "changed (%s; %s): %s",
					backend, agent->pending, line.text);
		} else {
			about.event = "drift";
			if (!quiet)
				log_say(&agent->log, LEVEL_WARNING, &about, "drift (%s): %s",
					backend, line.text);
			agent->drift[f] |= 1u << repair_of(line.kind);
		}
	}
	say_more_notes(agent, f, notes);
}

static void say_failure(struct agent *agent, int f, const struct ipmasq_result *result)
{
	const struct log_about about = { .event = "failed",
					 .family = (int)families[f],
					 .code = result->code,
					 .file = result->place.file,
					 .line = result->place.line,
					 .column = result->place.column };
	uint64_t hash = hash_bytes(HASH_START, result->text, strlen(result->text));
	uint64_t now = agent_now();

	status_failed(&agent->status.families[f], result->code);
	status_set_reason(agent->status.families[f].reason, result->text);
	if ((agent->status.families[f].state == IPMASQ_STATE_FAILED ||
	     agent->status.families[f].flows_pending) &&
	    agent->troubles[f] == hash && now - agent->trouble_said[f] < SAY_AGAIN_NS)
		return;
	agent->troubles[f] = hash;
	agent->trouble_said[f] = now;
	log_say(&agent->log, LEVEL_ERROR, &about, "failed, will try again: %s", result->text);
}

/* Logs that a family is in line if that is new. */
static void say_in_line(struct agent *agent, int f)
{
	enum ipmasq_state before = agent->status.families[f].state;
	const struct log_about about = { .event = "in-line",
					 .family = (int)families[f],
					 .backend = result_of(agent, f).backend };

	if (before == IPMASQ_STATE_UNKNOWN || before == IPMASQ_STATE_FAILED)
		log_say(&agent->log, LEVEL_INFO, &about, "in line (%s)",
			ipmasq_backend_name(about.backend));
}

static void count_write(struct agent *agent, int f, uint64_t took)
{
	struct status_family *status = &agent->status.families[f];

	status->writes++;
	status->apply_seconds = (double)took / 1e9;
	if (agent->is_repair && agent->drift[f])
		agent_fight_repaired(agent, f);
	for (int i = 0; i < STATUS_REPAIRS; i++)
		if (agent->is_repair && agent->drift[f] & (1u << i))
			status->repairs[i]++;
}

/* Counts what the kernel holds after a new policy was applied. A repair changes none of it. */
static void count_rules(struct agent *agent, int f)
{
	struct status_family *status = &agent->status.families[f];
	struct ipmasq_ruleset_details info;
	struct ipmasq_ruleset *rules;

	if (!agent->pending || agent->is_repair)
		return;
	status->entries = ipmasq_policy_entry_count(agent->apply->policy, families[f]);
	if (ipmasq_ruleset_new(agent->apply->policy, families[f], 0, &rules) < 0)
		return;
	if (ipmasq_ruleset_info(rules, &info, sizeof(info)) == 0) {
		status->layout = info.layout;
		status->rules = info.rules;
		status->chains = info.chains;
	}
	ipmasq_ruleset_free(rules);
}

/* Logs and keeps the result of one family. @took is the time that both families took. */
static void take_family(struct agent *agent, int f, uint64_t took)
{
	const struct ipmasq_report *report = agent->apply->report;
	struct status_family *status = &agent->status.families[f];
	struct ipmasq_result result = result_of(agent, f);
	enum ipmasq_state state = result.state;
	struct ipmasq_line line = { .text = "" };

	say_lines(agent, f);
	/* A failure may have ended some of them. */
	status->flows_ended += result.flows_ended;
	if (state == IPMASQ_STATE_FAILED) {
		say_failure(agent, f, &result);
	} else if (state == IPMASQ_STATE_SKIPPED || state == IPMASQ_STATE_DRIFT) {
		ipmasq_report_line(report, families[f], 0, &line, sizeof(line));
		status_set_reason(status->reason, line.text);
		if (state == IPMASQ_STATE_DRIFT)
			agent_fight_drift(agent, f, &result);
		else
			agent_fight_forget(agent, f);
	} else {
		if (state == IPMASQ_STATE_IN_LINE || state == IPMASQ_STATE_OVERRIDDEN) {
			say_in_line(agent, f);
			agent_fight_in_line(agent, f);
		} else {
			count_write(agent, f, took);
		}
		count_rules(agent, f);
		agent->drift[f] = 0;
		if (!result.flows_pending)
			status->reason[0] = '\0';
		/* The rules are in line, but what came after them failed. */
		if (result.error < 0 && result.flows_pending)
			say_failure(agent, f, &result);
		status->in_line_at = status_clock();
	}
	status->flows_pending = result.flows_pending && state != IPMASQ_STATE_SKIPPED;
	status->looks += state != IPMASQ_STATE_FAILED && state != IPMASQ_STATE_SKIPPED;
	status->backend = result.backend;
	status->state = state;
}

static bool any_flows_pending(const struct agent *agent)
{
	return agent->status.families[0].flows_pending || agent->status.families[1].flows_pending;
}

static bool any_state(const struct agent *agent, enum ipmasq_state state)
{
	return result_of(agent, 0).state == state || result_of(agent, 1).state == state;
}

/* Logs warnings about the node, but not again before they are due. Errors are in the report. */
static void say_warnings(struct agent *agent)
{
	const struct ipmasq_diags *diags = agent->apply->diags;
	struct ipmasq_finding finding;

	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++) {
		uint64_t hash = hash_bytes(HASH_START, finding.message, strlen(finding.message));

		if (finding.severity == IPMASQ_WARNING &&
		    log_is_due(&agent->notes, hash, agent_now()))
			log_finding(&agent->log, &finding);
	}
}

typedef int (*node_act)(struct ipmasq_node *node, const struct ipmasq_policy *policy,
			struct ipmasq_report *report, struct ipmasq_diags *diags);

/* Returns false if the process is to end, so that the result does not matter. */
static bool carry_out(struct agent *agent, node_act act)
{
	struct apply *apply = agent->apply;
	uint64_t started = agent_now();

	ipmasq_diags_free(apply->diags);
	apply->diags = NULL;
	/* Without memory for findings, the report still has the state. */
	if (ipmasq_diags_new(&apply->diags) < 0)
		apply->diags = NULL;
	act(apply->node, apply->policy, apply->report, apply->diags);
	if (agent_stopping(agent) && any_state(agent, IPMASQ_STATE_FAILED))
		return false;
	for (int f = 0; f < 2; f++)
		take_family(agent, f, agent_now() - started);
	say_warnings(agent);
	return true;
}

static void set_next_look(struct agent *agent, uint64_t started)
{
	uint64_t interval = agent_interval(agent);
	uint64_t now = agent_now();
	uint64_t delay = jitter(interval, 80, 90);
	uint64_t retry = RETRY_NS;

	if (agent->failures > 0) {
		for (unsigned int i = 1; i < agent->failures && retry < RETRY_MAX_NS; i++)
			retry *= 2;
		retry = jitter(retry < RETRY_MAX_NS ? retry : RETRY_MAX_NS, 50, 100);
		delay = retry < delay ? retry : delay;
	}
	/* Rest at least as long as the work took, however short the interval is. */
	if (delay < SHORTEST_NS)
		delay = SHORTEST_NS;
	if (delay < now - started)
		delay = now - started;
	agent->look_at = now + delay;
}

static void fail_both(struct agent *agent, const char *code, const char *text)
{
	const struct ipmasq_result result = { .code = code, .text = text };

	for (int f = 0; f < 2; f++) {
		struct status_family *status = &agent->status.families[f];

		if (status->state == IPMASQ_STATE_SKIPPED)
			continue;
		say_failure(agent, f, &result);
		status->state = IPMASQ_STATE_FAILED;
	}
	agent->failures++;
}

/* The name of the network namespace may mean another one by now, or none. */
static bool find_netns(struct agent *agent)
{
	struct apply *apply = agent->apply;
	struct ipmasq_diags *diags = NULL;
	struct ipmasq_finding finding;
	int r;

	if (!apply->netns)
		return true;
	/* Without memory for findings there is the error. */
	if (ipmasq_diags_new(&diags) < 0)
		diags = NULL;
	r = ipmasq_node_set_path(apply->node, IPMASQ_PATH_NETNS, apply->netns, diags);
	if (r < 0 && ipmasq_diags_get(diags, 0, &finding, sizeof(finding)) == 0)
		fail_both(agent, finding.code, finding.message);
	else if (r < 0)
		fail_both(agent, NULL, strerror(-r));
	ipmasq_diags_free(diags);
	return r == 0;
}

void agent_look(struct agent *agent)
{
	uint64_t started = agent_now();
	bool go = agent->apply->policy != NULL;

	if (go && !find_netns(agent)) {
		set_next_look(agent, started);
		agent->publish_due = true;
		return;
	}
	if (go)
		agent_events_before_look(agent);
	if (go && !agent->pending) {
		go = carry_out(agent, ipmasq_node_check);
		if (go && any_state(agent, IPMASQ_STATE_DRIFT)) {
			agent->pending = "drift";
			agent->is_repair = true;
		} else if (go && any_flows_pending(agent)) {
			agent->pending = "old flows";
			agent->is_repair = true;
		}
	}
	if (go && agent->pending)
		go = carry_out(agent, ipmasq_node_apply);
	if (go && any_state(agent, IPMASQ_STATE_FAILED)) {
		agent->failures++;
	} else if (go) {
		agent->failures = any_flows_pending(agent) ? agent->failures + 1 : 0;
		agent->pending = NULL;
		agent->is_repair = false;
	}
	set_next_look(agent, started);
	agent->publish_due = true;
}
