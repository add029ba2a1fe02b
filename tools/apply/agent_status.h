/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status of the agent as others see it. The loop fills it, and http.c and metrics.c read it. It
 * holds only plain values, so that a copy is a snapshot.
 */
#ifndef IPMASQ_AGENT_STATUS_H
#define IPMASQ_AGENT_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipmasq.h"

/*
 * Times are milliseconds since 1970 (status_clock()), or where noted since the machine started
 * (status_uptime(), which nobody can set). 0 means never.
 */
typedef int64_t status_time;

status_time status_clock(void);
status_time status_uptime(void);

/* The size of a reason, which is one line. Longer ones are cut off. */
#define STATUS_REASON_MAX 512

enum status_config {
	/* The agent has just started. */
	STATUS_CONFIG_UNREAD,
	STATUS_CONFIG_ACCEPTED,
	STATUS_CONFIG_REJECTED,
};

/* What others changed in our rules. */
enum status_repair {
	STATUS_CHAIN_MISSING,
	/* Other rules, or another order. */
	STATUS_CHAIN_CHANGED,
	STATUS_JUMP_MISSING,
	/* More than one jump, or one that is not ours. */
	STATUS_JUMP_CHANGED,
	/* Stale chains of a run that was interrupted. */
	STATUS_LEFTOVERS,
	STATUS_REPAIRS,
};

/* One for each code of an error that makes a family fail, and one for any other. */
#define STATUS_FAILURES 12

struct status_family {
	/* The state in the last report. */
	enum ipmasq_state state;
	enum ipmasq_backend backend;
	/* Why it failed, differs or was skipped, or why flows are pending. Otherwise empty. */
	char reason[STATUS_REASON_MAX];
	/* What a rule of others decides otherwise than the policy, which is in line. Empty: none
	 * does. */
	char overridden[STATUS_REASON_MAX];
	/* The layout of the rules. AUTO: there are none yet. */
	enum ipmasq_layout layout;
	/* The number of entries of the policy in force. */
	uint64_t entries;
	/* The number of rules, without the jump from POSTROUTING. */
	uint64_t rules;
	uint64_t chains;
	/* How often the kernel's rules were compared with the policy. */
	uint64_t looks;
	/* Transactions that changed something, whatever the cause. */
	uint64_t writes;
	/* Repairs by cause. A write with several causes counts for each. */
	uint64_t repairs[STATUS_REPAIRS];
	/* Who fights over the rules, and what to do. Empty: nobody does. */
	char fight[STATUS_REASON_MAX];
	/* Repairs that were part of a fight. */
	uint64_t fight_repairs;
	/* Counted by status_failed(). */
	uint64_t failures[STATUS_FAILURES];
	/* Flows ended because the earlier rules had translated them differently. */
	uint64_t flows_ended;
	/* Flows of earlier rules are still to be ended: see `reason`. */
	bool flows_pending;
	/* When the family was last found or brought in line. */
	status_time in_line_at;
	/* How long the last write took, from the look to the proof. 0: there was none. */
	double apply_seconds;
};

struct agent_status {
	status_time started_at;
	/* Whether the newest configuration was accepted. */
	enum status_config config;
	/* The first error of a rejected configuration. */
	char config_reason[STATUS_REASON_MAX];
	/* The number of configurations that were read, by result. */
	uint64_t accepted;
	uint64_t rejected;
	/* When the newest accepted configuration was read. */
	status_time accepted_at;
	/* The agent has a policy to keep the node in line with. */
	bool in_force;
	/* That policy is the defaults, because the first configuration was rejected. */
	bool fallback;
	/* The status_hash() of the policy in force, or empty. */
	char policy_hash[17];
	/* Host names in the newest configuration. */
	uint64_t host_names;
	/* Those that were never resolved, so the policy lacks them. */
	uint64_t host_names_unresolved;
	/* Failed lookups of host names. */
	uint64_t resolutions_failed;
	/* Looks at the node because the kernel reported changes of the rules. */
	uint64_t event_looks;
	/* Those because it reported changes of rules of others. */
	uint64_t others_looks;
	/* Lines of the log that were dropped because nobody read it. */
	uint64_t log_dropped;
	/* resyncInterval. */
	uint64_t interval_ms;
	/* When the node is checked next, unless something happens before. */
	status_time next_look_at;
	/* The loop publishes again before this uptime, unless it is stuck. */
	status_time alive_until;
	/* IPv4, IPv6. */
	struct status_family families[2];
};

struct status_family *status_family(struct agent_status *status, enum ipmasq_family family);

/* Keeps the first line of a text, without control characters. */
void status_set_reason(char reason[STATUS_REASON_MAX], const char *text);

/* Counts a failure under the code of its error, or of "other" for NULL. */
void status_failed(struct status_family *family, const char *code);

/* The code that failures[@index] counts. */
const char *status_failure_code(size_t index);

/* Whether the kernel holds the policy, as far as is known. */
bool status_in_line(const struct status_family *family);

/*
 * A hash of 16 digits over the entries in their order, the chain, and whether IPv6 is on. The
 * places of the entries do not matter.
 */
void status_hash(const struct ipmasq_policy *policy, char hash[17]);

/* The answer to a probe: an HTTP status, and a line that says why. */
struct status_answer {
	unsigned int code;
	char line[2 * STATUS_REASON_MAX];
};

/* How long a look at the node may take, if each program waits @wait seconds for the lock. */
status_time status_patience(unsigned int wait);

/*
 * Whether the loop is alive at @uptime: 200, or 503 when it is stuck, which a restart may fix. A
 * rejected configuration or a failing kernel is not reported here, because a restart does not fix
 * it and loses the last good policy.
 */
void status_alive(const struct agent_status *status, status_time uptime,
		  struct status_answer *answer);

/*
 * Whether all is well: 200 when the loop is alive, the newest configuration was accepted, and each
 * family is in line without flows that are still to be ended and without a fight over its rules, or
 * skipped with reason. Otherwise 503.
 */
void status_ready(const struct agent_status *status, status_time uptime,
		  struct status_answer *answer);

#endif
