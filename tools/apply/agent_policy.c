/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the configuration when it changes. The policy in force is the last good one. */
#include "apply/agent_policy.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "apply/agent_change.h"
#include "apply/agent_hosts.h"
#include "apply/mounts.h"
#include "cli/hash.h"

/* A file that changed so recently may be incomplete, unless the kernel reported that it was closed.
 */
#define SETTLE_NS AGENT_SECOND
/* File times are this coarse: a file read this soon after a change may have changed again unseen.
 */
#define GRAIN_NS (2 * AGENT_SECOND)

static const struct log_about about_config = { .event = "config" };
static const struct log_about about_rejected = { .event = "config-rejected" };

static uint64_t real_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * AGENT_SECOND + (uint64_t)now.tv_nsec;
}

/* Paths that the user named must exist. Only the default path may be missing. */
void agent_policy_start(struct agent *agent)
{
	struct cli *cli = &agent->apply->cli;
	const char *path = getenv("IPMASQ_CONFIG");

	if (cli->config_count == 0 && path && path[0])
		cli->configs[cli->config_count++] = path;
	for (size_t i = 0; i < cli->config_count; i++) {
		if (strcmp(cli->configs[i], "-") == 0)
			cli_usage(
				"option '--watch' reads files repeatedly, so it cannot read stdin "
				"('-')");
		if (input_files_add(&agent->expected, cli->configs[i]) < 0)
			cli_die(ENOMEM, "cannot start");
	}
	if (cli->config_count == 0)
		cli->configs[cli->config_count++] = CLI_DEFAULT_CONFIG;
	inputs_open(&agent->inputs, cli->options, cli->configs, cli->config_count);
	agent->read_at = AGENT_NEVER;
}

void agent_policy_say_mounts(const struct agent *agent)
{
	for (size_t i = 0; i < agent->inputs.path_count; i++) {
		const struct log_about about = { .event = "config",
						 .file = agent->inputs.paths[i] };

		if (mount_is_fixed(about.file))
			log_say(&agent->log, LEVEL_WARNING, &about,
				"this is mounted by itself, as with subPath of Kubernetes, so a "
				"ConfigMap that changes, or any program that replaces it, does not "
				"change it here; mount the whole volume as a directory, without "
				"subPath");
	}
}

void agent_policy_release(struct agent *agent)
{
	inputs_release(&agent->inputs);
	input_files_release(&agent->expected);
}

/* Logs that the kernel does not report changes, or does again. */
static void say_blind(struct agent *agent)
{
	static const char what[] = "inotify";
	int blind = agent->inputs.blind;
	uint64_t hash = hash_bytes(HASH_START, what, sizeof(what));

	if (!blind && agent->blind_said && log_is_due(&agent->notes, hash + 1, agent_now()))
		log_say(&agent->log, LEVEL_INFO, &about_config,
			"the kernel reports changes of the configuration again");
	if (blind && log_is_due(&agent->notes, hash, agent_now()))
		log_say(&agent->log, LEVEL_WARNING, &about_config,
			"the kernel cannot report every change of the configuration (%s); "
			"unreported changes are found once per interval",
			strerror(blind));
	agent->blind_said = blind;
}

static bool scan_inputs(struct agent *agent)
{
	if (inputs_scan(&agent->inputs) < 0) {
		log_say(&agent->log, LEVEL_ERROR, &about_config,
			"out of memory while checking the configuration files");
		return false;
	}
	say_blind(agent);
	return true;
}

/* Whether a file of the policy has been absent for less than an interval. */
static bool wait_for_absent(struct agent *agent)
{
	const char *missing = input_files_missing(&agent->expected, &agent->inputs.files);
	uint64_t now = agent_now();
	uint64_t until;

	/* If the files cannot be listed, reading them reports why. */
	if (!missing || agent->inputs.unlisted) {
		agent->absent_since = 0;
		return false;
	}
	if (!agent->absent_since) {
		agent->absent_since = now;
		log_say(&agent->log, LEVEL_WARNING,
			&(struct log_about){ .event = "config-absent", .file = missing },
			"the file is missing; unless it returns within one interval, the remaining "
			"files are the configuration");
	}
	until = agent->absent_since + agent_interval(agent);
	if (now >= until)
		return false;
	if (until < agent->read_at)
		agent->read_at = until;
	return true;
}

/* Whether a change that the kernel did not report is so recent that it may be incomplete. */
static bool wait_for_rest(struct agent *agent, enum agent_read why)
{
	int64_t age = (int64_t)real_time() - agent->inputs.newest;

	if (why != READ_LOOK || !agent->apply->policy || age < 0 || age >= (int64_t)SETTLE_NS)
		return false;
	if (agent->read_at == AGENT_NEVER)
		agent->read_at = agent_now() + SETTLE_NS;
	return true;
}

static bool may_have_changed(const struct agent *agent)
{
	return agent->inputs.signature != agent->signature || agent->unreadable ||
	       agent->inputs.newest + (int64_t)GRAIN_NS > (int64_t)agent->read_time;
}

static int load_policy(struct agent *agent, struct ipmasq_diags *diags,
		       struct ipmasq_policy **policy)
{
	struct ipmasq_config *config = NULL;
	int r = ipmasq_config_new(agent->apply->cli.options, &config);

	for (size_t i = 0; i < agent->inputs.path_count && (r == 0 || r == -EINVAL); i++) {
		const char *path = agent->inputs.paths[i];
		struct stat st;
		int loaded;

		/* wait_for_absent() has settled whether it may be missing. */
		if (stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
			continue;
		loaded = ipmasq_config_load(config, &(struct ipmasq_source){ .name = path }, diags);
		/* Continues, in order to report every error. */
		r = loaded < 0 ? (loaded == -ENOMEM ? loaded : -EINVAL) : r;
	}
	if (r == 0)
		r = cli_hosts_resolve(&agent->apply->cli.hosts, agent->apply->cli.options, config,
				      diags, agent->stop);
	if (r == 0)
		agent_hosts_count(agent, config);
	if (r == 0)
		r = ipmasq_policy_new(config, agent->apply->cli.options, diags, policy);
	ipmasq_config_free(config);
	return r;
}

static uint64_t hash_findings(const struct ipmasq_diags *diags)
{
	uint64_t hash = hash_bytes(HASH_START, "", 1);
	struct ipmasq_finding finding;

	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++) {
		const unsigned int place[] = { finding.place.line, finding.place.column };
		const char *file = finding.place.file;

		hash = hash_bytes(hash, file ? file : "", file ? strlen(file) : 0);
		hash = hash_bytes(hash, place, sizeof(place));
		hash = hash_bytes(hash, finding.message, strlen(finding.message));
	}
	return hash;
}

/* A file may become readable without a change that the agent can see. */
static bool is_unreadable(const struct ipmasq_diags *diags)
{
	struct ipmasq_finding finding;

	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++)
		if (strcmp(finding.code, "unreadable") == 0)
			return true;
	return false;
}

static void say_findings(struct agent *agent, const struct ipmasq_diags *diags)
{
	struct ipmasq_finding finding;

	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++)
		log_finding(&agent->log, &finding);
	if (ipmasq_diags_dropped(diags) > 0)
		log_say(&agent->log, LEVEL_WARNING, &about_config,
			"%zu more findings are not shown", ipmasq_diags_dropped(diags));
}

static bool is_in_force(const struct agent *agent, const struct ipmasq_policy *policy)
{
	char hash[17];

	status_hash(policy, hash);
	return !agent->rejected && strcmp(hash, agent->status.policy_hash) == 0;
}

static void use_policy(struct agent *agent, struct ipmasq_policy *policy, const char *why)
{
	struct ipmasq_policy *before = agent->apply->policy;
	struct ipmasq_policy_details info;
	char hash[17];

	ipmasq_policy_info(policy, &info, sizeof(info));
	status_hash(policy, hash);
	if (strcmp(hash, agent->status.policy_hash) != 0) {
		agent->pending = why;
		agent->is_repair = false;
		agent->look_at = 0;
		agent_policy_changed(agent, before, policy);
	} else {
		log_say(&agent->log, LEVEL_INFO, &about_config,
			"the configuration was read again and means the same; the node is checked "
			"every %.10g s",
			(double)info.resync_interval / 1e9);
	}
	/* A shorter interval applies at once, not after the present one. */
	if (info.resync_interval < agent_interval(agent) &&
	    agent->look_at > agent_now() + info.resync_interval)
		agent->look_at = agent_now() + info.resync_interval;
	agent->publish_due = true;
	agent->apply->policy = policy;
	memcpy(agent->status.policy_hash, hash, sizeof(hash));
	ipmasq_policy_free(before);
	/* Returns the memory of a large configuration that is gone. */
#ifdef HAVE_MALLOC_TRIM
	malloc_trim(0);
#endif
}

static void fall_back(struct agent *agent)
{
	struct ipmasq_policy *policy;

	if (!agent->apply->fallback_defaults || agent->apply->policy)
		return;
	if (ipmasq_policy_new(NULL, agent->apply->cli.options, NULL, &policy) < 0)
		return;
	log_say(&agent->log, LEVEL_WARNING, &about_config,
		"the defaults apply instead of the configuration (--fallback)");
	agent->status.fallback = true;
	use_policy(agent, policy, "start with the defaults");
}

/* The first error, with its place. */
static void set_config_reason(struct agent *agent, const struct ipmasq_diags *diags)
{
	struct ipmasq_finding finding;
	char *text = NULL;
	size_t i = 0;

	while (ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0 &&
	       finding.severity != IPMASQ_ERROR)
		i++;
	if (ipmasq_diags_format(diags, i, false, &text) == 0)
		status_set_reason(agent->status.config_reason, text);
	free(text);
}

static void reject_config(struct agent *agent, const struct ipmasq_diags *diags)
{
	uint64_t hash = hash_findings(diags);

	if (hash != agent->rejected) {
		agent->publish_due = true;
		agent->status.rejected++;
		set_config_reason(agent, diags);
		say_findings(agent, diags);
		log_say(&agent->log, LEVEL_ERROR, &about_rejected,
			"the configuration was rejected: %s",
			agent->apply->policy ? "the last good one stays in force"
			: agent->apply->fallback_defaults
				? "there is no earlier one"
				: "there is no earlier one, so the node stays as it is");
	}
	agent->rejected = hash;
	agent->unreadable = is_unreadable(diags);
	agent->status.config = STATUS_CONFIG_REJECTED;
	fall_back(agent);
}

static void accept_config(struct agent *agent, struct ipmasq_policy *policy,
			  const struct ipmasq_diags *diags, const char *why)
{
	bool first = !agent->apply->policy;

	say_findings(agent, diags);
	if (agent->rejected)
		log_say(&agent->log, LEVEL_INFO, &about_config, "the configuration is valid again");
	agent->rejected = 0;
	agent->unreadable = false;
	agent->status.fallback = false;
	agent->status.config = STATUS_CONFIG_ACCEPTED;
	agent->status.config_reason[0] = '\0';
	agent->status.accepted++;
	agent->status.accepted_at = status_clock();
	use_policy(agent, policy, first ? "start" : why);
	/* These files are the ones that the policy was made of. */
	input_files_release(&agent->expected);
	agent->expected = agent->inputs.files;
	agent->inputs.files = (struct input_files){ 0 };
	agent->absent_since = 0;
}

void agent_policy_read(struct agent *agent, enum agent_read why)
{
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_diags *diags = NULL;
	uint64_t signature;
	bool hosts_due;
	int r;

	if (!scan_inputs(agent))
		return;
	if (wait_for_absent(agent)) {
		fall_back(agent);
		return;
	}
	if (why == READ_LOOK)
		agent_hosts_ask(agent);
	signature = agent->inputs.signature;
	if (why != READ_ASKED && !agent->hosts_due && !may_have_changed(agent))
		return;
	if (signature != agent->signature && wait_for_rest(agent, why))
		return;
	agent->read_time = real_time();
	hosts_due = agent->hosts_due;
	agent->hosts_due = false;
	r = ipmasq_diags_new(&diags);
	if (r == 0)
		r = load_policy(agent, diags, &policy);
	/* If the files changed meanwhile, the policy may mix old and new ones. */
	if (r != -ENOMEM && (!scan_inputs(agent) || agent->inputs.signature != signature)) {
		agent->read_at = agent_now() + 20 * AGENT_MS;
		agent->hosts_due = hosts_due;
		ipmasq_policy_free(policy);
	} else if (r == -ENOMEM) {
		log_say(&agent->log, LEVEL_ERROR, &about_config,
			"out of memory while reading the configuration");
	} else if (r < 0) {
		reject_config(agent, diags);
		agent->signature = signature;
	} else if (signature == agent->signature && why != READ_ASKED &&
		   is_in_force(agent, policy)) {
		/* It was read only because its times are too recent, and it is the same. */
		ipmasq_policy_free(policy);
	} else {
		/* Answers may also come while it is read for another reason. */
		hosts_due |= agent_hosts_say(agent);
		accept_config(agent, policy, diags,
			      hosts_due && signature == agent->signature
				      ? "host names have other addresses"
				      : "the configuration changed");
		agent->signature = signature;
	}
	ipmasq_diags_free(diags);
}
