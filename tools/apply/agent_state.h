/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the agent (ipmasq-apply --watch), which all its parts share. */
#ifndef IPMASQ_AGENT_STATE_H
#define IPMASQ_AGENT_STATE_H

#include <poll.h>

#include "apply/agent_status.h"
#include "apply/apply_state.h"
#include "apply/inputs.h"
#include "apply/log.h"

/* Times are nanoseconds of a clock that nobody can set. */
#define AGENT_NEVER   UINT64_MAX
#define AGENT_MS      UINT64_C(1000000)
#define AGENT_SECOND  UINT64_C(1000000000)
#define AGENT_SOURCES 8

struct agent;
struct http;

/* A file descriptor that the loop waits for. */
struct agent_source {
	int fd;
	void (*ready)(struct agent *agent);
};

/* What the kernel reports of the rules: agent_events.c. */
struct agent_events {
	/* -1: it does not. */
	int fd;
	/* The index of it in the sources. */
	size_t source;
	/* The log says that the kernel reports nothing. */
	bool deaf_said;
	/* The reports are not read before this. */
	uint64_t rest_until;
	/* When to look because of them, or AGENT_NEVER; and whether it is now. */
	uint64_t look_at;
	bool look_now;
	/* When that was done last, 0: never, and the least time until it is done again. */
	uint64_t looked_at;
	uint64_t gap;
	/* When to look because rules of others changed, or AGENT_NEVER; and when that was done
	 * last, 0: never. */
	uint64_t others_at;
	uint64_t others_looked_at;
	/* The process that changed our rules before the last look. Empty: not known. */
	char process[16];
};

/* Repairs that follow each other: agent_fight.c. */
struct agent_fight {
	unsigned int repairs;
	/* A hash of the damage that was repaired most, and how often more than any other. */
	uint64_t damage;
	unsigned int alike;
	/* Times of the first and the last, and the longest time between two. */
	uint64_t since;
	uint64_t last;
	uint64_t longest;
	/* They are so many that it is a fight. */
	bool on;
	uint64_t said_at;
	/* Whose rules the last one replaced, and the process that wrote them. */
	enum ipmasq_writer writer;
	char comment[256];
	char process[16];
};

struct agent {
	/* The command line, and the last good policy. */
	struct apply *apply;
	struct log log;
	/* What /metrics, /healthz and /readyz report. */
	struct agent_status status;
	/* Lasting conditions that the log has mentioned already. */
	struct log_memory notes;
	struct agent_source sources[AGENT_SOURCES];
	nfds_t source_count;
	int timer;
	/* A signalfd(2) for SIGHUP. */
	int signals;
	/* A signalfd(2) for SIGTERM and SIGINT. Nobody reads it, so it stays readable. */
	int stop;

	/* The configuration: agent_policy.c and agent_hosts.c. */
	struct inputs inputs;
	/* The loop waits for the changes that the kernel reports. */
	bool inputs_watched;
	/* The log says that the kernel does not report every change. */
	bool blind_said;
	/* The files that the policy was made of. */
	struct input_files expected;
	/* Since when one of them is missing. 0: none is. */
	uint64_t absent_since;
	/* When to read the configuration again, or AGENT_NEVER. */
	uint64_t read_at;
	/* When the first change was seen that has not been read yet. 0: there is none. */
	uint64_t told_at;
	/* The signature of the inputs when they were last read, and the real time of that. */
	uint64_t signature;
	uint64_t read_time;
	/* A hash of the findings for which the last configuration was rejected. 0: it was not. */
	uint64_t rejected;
	/* A file could not be read as a whole. */
	bool unreadable;
	/* Host names have other addresses than those in the policy. */
	bool hosts_due;
	/* A hash of the status of the file of --hosts. */
	uint64_t hosts_signature;

	/* The node: agent_node.c. */
	/* Why the policy is to be applied. NULL: it has been. */
	const char *pending;
	/* It is to be applied because somebody else changed our rules. */
	bool is_repair;
	/* What was wrong with our rules, per family: bits of enum status_repair. */
	unsigned int drift[2];
	/* When to look at the node again. */
	uint64_t look_at;
	struct agent_events events;
	/* Per family. */
	struct agent_fight fights[2];
	/* Consecutive failures. */
	unsigned int failures;
	/* A hash of the last failure of each family, and when the log mentioned it. */
	uint64_t troubles[2];
	uint64_t trouble_said[2];

	/* The status for others: agent_publish.c. */
	/* The status has changed since it was published. */
	bool publish_due;
	/* NULL: the status is not served. */
	struct http *http;
	/* The error that the log mentioned last. 0: it works. */
	int listen_error;
	int file_error;
};

uint64_t agent_now(void);

/* Whether a signal to end has come. */
bool agent_stopping(const struct agent *agent);

/* Makes the loop wait for @fd. To be called before the loop. */
void agent_add_source(struct agent *agent, int fd, void (*ready)(struct agent *agent));

/* The time between two looks at the node: resyncInterval. */
uint64_t agent_interval(const struct agent *agent);

#endif
