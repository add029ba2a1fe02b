/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the addresses of the host names in the configuration. */
#include "apply/agent_hosts.h"

#include <string.h>
#include <sys/stat.h>

#include "cli/hash.h"
#include "cli/resolver.h"

/* Waits for the other answers of the same round. */
#define SETTLE_NS (200 * AGENT_MS)

static const struct log_about about_hosts = { .event = "hosts" };

/* Logs the names whose last lookup failed, and which keep their earlier addresses. */
static void say_stale(struct agent *agent)
{
	char name[RESOLVER_TEXT_MAX];
	char why[RESOLVER_TEXT_MAX];

	for (size_t i = 0; resolver_stale(agent->apply->cli.hosts.resolver, i, name, why); i++) {
		uint64_t hash = hash_bytes(HASH_START, name, strlen(name));

		if (name[0] &&
		    log_is_due(&agent->notes, hash_bytes(hash, why, strlen(why)), agent_now()))
			log_say(&agent->log, LEVEL_WARNING, &about_hosts,
				"%s cannot be resolved; its last addresses stay: %s", name, why);
	}
}

static bool has_address(const struct ipmasq_hosts *hosts, const char *name,
			enum ipmasq_family family, const uint8_t address[16])
{
	enum ipmasq_family other_family;
	uint8_t other[16];

	for (size_t i = 0; ipmasq_hosts_address(hosts, name, i, &other_family, other) == 0; i++)
		if (family == other_family &&
		    memcmp(address, other, family == IPMASQ_IPV4 ? 4 : 16) == 0)
			return true;
	return false;
}

/*
 * Counts the addresses in @hosts that @others does not have, and logs them unless @log is NULL.
 */
static size_t compare_hosts(const struct log *log, const struct ipmasq_hosts *hosts,
			    const struct ipmasq_hosts *others, const char *what)
{
	char text[IPMASQ_TEXT_MAX];
	enum ipmasq_family family;
	uint8_t address[16];
	const char *name;
	size_t count = 0;

	for (size_t i = 0; (name = ipmasq_hosts_name(hosts, i)); i++) {
		for (size_t j = 0; ipmasq_hosts_address(hosts, name, j, &family, address) == 0;
		     j++) {
			if (has_address(others, name, family, address))
				continue;
			count++;
			if (log)
				log_say(log, LEVEL_INFO, &about_hosts, "%s %s %s", name, what,
					ipmasq_format_range(family, address, address, text));
		}
	}
	return count;
}

void agent_hosts_count(struct agent *agent, const struct ipmasq_config *config)
{
	const struct ipmasq_hosts *hosts = agent->apply->cli.hosts.known;
	struct agent_status *status = &agent->status;
	enum ipmasq_family family;
	uint8_t address[16];
	const char *name;

	status->host_names = 0;
	status->host_names_unresolved = 0;
	while ((name = ipmasq_config_host(config, status->host_names))) {
		status->host_names++;
		if (ipmasq_hosts_address(hosts, name, 0, &family, address) < 0)
			status->host_names_unresolved++;
	}
}

bool agent_hosts_say(struct agent *agent)
{
	const struct cli *cli = &agent->apply->cli;
	size_t changes;

	if (cli->hosts.file)
		return false;
	changes =
		compare_hosts(&agent->log, cli->hosts.known, cli->hosts.before, "has the address");
	changes += compare_hosts(&agent->log, cli->hosts.before, cli->hosts.known,
				 "no longer has the address");
	return changes > 0;
}

static void on_answers(struct agent *agent)
{
	const struct cli *cli = &agent->apply->cli;
	struct ipmasq_hosts *known;

	/* Lookups may have failed, which is counted. */
	agent->publish_due = true;
	if (resolver_hosts(cli->hosts.resolver, &known) < 0)
		return;
	if (compare_hosts(NULL, known, cli->hosts.known, "") +
		    compare_hosts(NULL, cli->hosts.known, known, "") >
	    0) {
		agent->hosts_due = true;
		if (agent->read_at > agent_now() + SETTLE_NS)
			agent->read_at = agent_now() + SETTLE_NS;
	}
	ipmasq_hosts_free(known);
	say_stale(agent);
}

void agent_hosts_start(struct agent *agent)
{
	struct cli *cli = &agent->apply->cli;
	int r;

	if (cli->hosts.file)
		return;
	r = resolver_new(&cli->hosts.resolver);
	if (r < 0)
		cli_die(r, "cannot start");
	agent_add_source(agent, resolver_fd(cli->hosts.resolver), on_answers);
}

/* Checks whether the file of --hosts has changed. A missing file counts as changed, once. */
static void check_hosts_file(struct agent *agent)
{
	struct stat st = { 0 };
	uint64_t hash = HASH_START;

	if (stat(agent->apply->cli.hosts.file, &st) == 0) {
		hash = hash_bytes(hash, &st.st_ino, sizeof(st.st_ino));
		hash = hash_bytes(hash, &st.st_size, sizeof(st.st_size));
		hash = hash_bytes(hash, &st.st_mtim.tv_sec, sizeof(st.st_mtim.tv_sec));
		hash = hash_bytes(hash, &st.st_mtim.tv_nsec, sizeof(st.st_mtim.tv_nsec));
	}
	agent->hosts_due |= hash != agent->hosts_signature;
	agent->hosts_signature = hash;
}

void agent_hosts_ask(struct agent *agent)
{
	struct cli *cli = &agent->apply->cli;
	int r;

	if (cli->hosts.file) {
		check_hosts_file(agent);
		return;
	}
	r = resolver_ask(cli->hosts.resolver, NULL);
	if (r < 0)
		log_say(&agent->log, LEVEL_WARNING, &about_hosts,
			"host names cannot be resolved: %s", strerror(-r));
}
