/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be said of the agent from outside: the loop fills the struct, and these functions turn
 * it into metrics and answers. Plain values only, so that a copy of it is a snapshot.
 */
#ifndef IPMASQ_AGENT_STATUS_H
#define IPMASQ_AGENT_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipmasq.h"

/*
 * Times are milliseconds: since 1970 (status_clock()), or since the machine started where it says
 * so (status_uptime(), which nobody can set). 0 means: never.
 */
typedef int64_t status_time;

status_time status_clock(void);
status_time status_uptime(void);

/* A reason, in one line; longer ones are cut off. */
#define STATUS_REASON_MAX 512

enum status_config {
	STATUS_CONFIG_UNREAD, /* the agent has just started */
	STATUS_CONFIG_ACCEPTED,
	STATUS_CONFIG_REJECTED,
};

/* What was wrong with rules of ours that nobody had asked us to change. */
enum status_repair {
	STATUS_CHAIN_MISSING,
	STATUS_CHAIN_CHANGED, /* other rules, or in another order */
	STATUS_JUMP_MISSING,
	STATUS_JUMP_CHANGED, /* more than one, or one that is not ours */
	STATUS_LEFTOVERS, /* stale chains, of a run that was ended half way */
	STATUS_REPAIRS,
};

/* One for each code of a finding that fails a family, and one for any other. */
#define STATUS_FAILURES 11

struct status_family {
	enum ipmasq_state state; /* of the last report */
	enum ipmasq_backend backend;
	char reason[STATUS_REASON_MAX]; /* why it failed, differs or was skipped; else empty */
	enum ipmasq_layout layout; /* of the rules; AUTO: there are none yet */
	uint64_t entries; /* of the policy in force */
	uint64_t rules; /* the jump from POSTROUTING not counted */
	uint64_t chains;
	uint64_t looks; /* how often the kernel's rules were compared with the policy */
	uint64_t writes; /* transactions that changed something, whatever the cause */
	uint64_t repairs[STATUS_REPAIRS]; /* a write with several causes counts for each */
	uint64_t failures[STATUS_FAILURES]; /* by status_failed() */
	uint64_t flows_ended; /* since the rules before had translated them otherwise */
	status_time in_line_at; /* when it was last seen or brought in line */
	double apply_seconds; /* how long the last write took, from the look to the proof; 0: none
			       */
};

struct agent_status {
	status_time started_at;
	enum status_config config; /* what became of the newest configuration */
	char config_reason[STATUS_REASON_MAX]; /* the first error when it was rejected */
	uint64_t accepted; /* configurations read, by what became of them */
	uint64_t rejected;
	status_time accepted_at; /* when the newest accepted one was read */
	bool in_force; /* there is a policy that the node is held to */
	bool fallback; /* ... which is the defaults, since the first configuration was rejected */
	char policy_hash[17]; /* of the policy in force, by status_hash(); else empty */
	uint64_t host_names; /* in the configuration that was read last */
	uint64_t host_names_unresolved; /* of those: never resolved yet, so not in the policy */
	uint64_t resolutions_failed; /* of host names, each time */
	uint64_t interval_ms; /* resyncInterval */
	status_time next_look_at; /* when the node is looked at next, if nothing happens before */
	status_time alive_until; /* uptime by which the loop publishes again unless it is stuck */
	struct status_family families[2]; /* IPv4, IPv6 */
};

struct status_family *status_family(struct agent_status *status, enum ipmasq_family family);

/* Keeps the first line of a text, without characters that act on a terminal. */
void status_set_reason(char reason[STATUS_REASON_MAX], const char *text);

/* Counts a failure under the code of the finding that tells of it; NULL: none does. */
void status_failed(struct status_family *family, const char *code);

/* The code that stands for failures[@index]. */
const char *status_failure_code(size_t index);

/* Whether the kernel holds the policy, as far as is known. */
bool status_in_line(const struct status_family *family);

/*
 * 16 digits that are the same wherever the policy says the same: its entries in their order, the
 * chain, and whether IPv6 is on. Where they were written is of no account.
 */
void status_hash(const struct ipmasq_policy *policy, char hash[17]);

/* The metrics in the text format of Prometheus, version 0.0.4. 0 or -ENOMEM. */
int status_metrics(const struct agent_status *status, char **text, size_t *length);

/* What is answered to those who ask how the agent is: an HTTP status, and a line that says why. */
struct status_answer {
	unsigned int code;
	char line[2 * STATUS_REASON_MAX];
};

/*
 * Whether the loop is alive, at @uptime: 200, or 503 when it is stuck, which a restart may mend.
 * A rejected configuration or a kernel that refuses is no reason: a restart mends neither, and
 * loses the last good policy.
 */
void status_alive(const struct agent_status *status, status_time uptime,
		  struct status_answer *answer);

/*
 * Whether all is as it should be: 200 when the loop is alive, the newest configuration was
 * accepted, and each family is in line or rightly skipped; else 503.
 */
void status_ready(const struct agent_status *status, status_time uptime,
		  struct status_answer *answer);

#endif
