/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-apply --watch: the process that stays, and keeps the node in line. */
#ifndef IPMASQ_AGENT_H
#define IPMASQ_AGENT_H

#include <poll.h>

#include "apply/agent_status.h"
#include "apply/apply.h"
#include "apply/inputs.h"
#include "apply/log.h"

#define AGENT_NEVER   UINT64_MAX
#define AGENT_MS      UINT64_C(1000000)
#define AGENT_SECOND  UINT64_C(1000000000)
#define AGENT_SOURCES 8

struct agent;
struct http;

/* Something to wait for beside the time. */
struct agent_source {
	int fd;
	void (*ready)(struct agent *agent);
};

struct agent {
	struct apply *apply; /* what the command line says; its policy is the last good one */
	struct log log;
	struct agent_status status; /* how all is, for those who ask */
	struct log_memory notes; /* what lasts, and was said */
	struct agent_source sources[AGENT_SOURCES];
	nfds_t source_count;
	int timer;
	int signals; /* SIGHUP */
	int stop; /* SIGTERM, SIGINT: readable once one came, and never read */

	/* The configuration, agent_policy.c. Times are those of agent_now(). */
	struct inputs inputs;
	struct input_files expected; /* the files that the policy was made of */
	uint64_t absent_since; /* one of those is not there; 0: all are */
	uint64_t read_at; /* when to read again, or AGENT_NEVER */
	uint64_t told_at; /* the first change that was told of and is not read yet, or 0 */
	uint64_t signature; /* of the inputs as they were read last */
	uint64_t read_time; /* of that, in the real time */
	uint64_t rejected; /* hash of the findings for which the last one was refused; 0: it was not
			    */
	bool unreadable; /* a file could not be read, or not to its end */
	bool hosts_due; /* host names have other addresses than the policy was made with */
	uint64_t hosts_signature; /* of the file of --hosts */

	/* The node, agent_node.c. */
	bool is_repair; /* pending, since somebody else changed our rules */
	unsigned int drift[2]; /* what was wrong with those: bits of enum status_repair */
	const char *pending; /* why the policy is to be applied; NULL: it has been */
	uint64_t look_at; /* when to look at the node again */
	unsigned int looks_until_choice; /* of the backend, when it is automatic */
	unsigned int failures; /* in a row */
	uint64_t troubles[2]; /* hash of the family's last failure */
	uint64_t trouble_said[2];

	/* Those who ask, agent_publish.c. */
	struct http *http; /* NULL: nobody can */
	int listen_error; /* what was said last; 0: it works */
	int file_error;
};

/* Stays until SIGTERM or SIGINT; the rules stay longer. */
enum cli_exit agent_run(struct apply *apply);

/* Nanoseconds of a clock that nobody sets. */
uint64_t agent_now(void);
/* Whether a signal to end has come. */
bool agent_stopping(const struct agent *agent);
/* To be called from agent_run(), before the loop. */
void agent_add_source(struct agent *agent, int fd, void (*ready)(struct agent *agent));
/* The interval between two looks, in nanoseconds. */
uint64_t agent_interval(const struct agent *agent);

/* agent_policy.c */

enum agent_read {
	READ_TOLD, /* something was changed, and all is quiet since */
	READ_LOOK, /* it is time to look at everything */
	READ_ASKED, /* somebody wants it read */
};

void agent_policy_start(struct agent *agent);
/* Reads the configuration where it may have changed. A good one becomes the policy, and pending. */
void agent_policy_read(struct agent *agent, enum agent_read why);
void agent_policy_release(struct agent *agent);

/* agent_hosts.c */

/* To be called before the loop. */
void agent_hosts_start(struct agent *agent);
/* Finds out, in its time, whether names have other addresses; sets hosts_due when they have. */
void agent_hosts_ask(struct agent *agent);
/* Counts the names of a configuration, and those that nothing is known of. */
void agent_hosts_count(struct agent *agent, const struct ipmasq_config *config);
/* Says which addresses came and went when the policy was made. */
bool agent_hosts_say(struct agent *agent);

/* agent_change.c: says what another policy changes, before it is applied. @before may be NULL. */
void agent_policy_changed(struct agent *agent, const struct ipmasq_policy *before,
			  const struct ipmasq_policy *after);

/* agent_publish.c: brings the status up to date, for those who ask. To be called whenever something
 * may have changed, and before and after what may take long. */
void agent_publish(struct agent *agent);
void agent_publish_end(struct agent *agent);

/* agent_node.c: looks at the node, brings it in line where it is not, and sets the next time. */
void agent_look(struct agent *agent);

#endif
