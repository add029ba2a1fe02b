/* SPDX-License-Identifier: Apache-2.0 */
/* From the configurations on the command line to a policy. */
#include "cli/cli_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output_text.h"

void cli_one_stdin(const char *const *paths, size_t count, bool taken)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(paths[i], "-") != 0)
			continue;
		if (taken)
			cli_usage("stdin ('-') can be read once only");
		taken = true;
	}
}

struct ipmasq_source cli_source(const char *path)
{
	if (strcmp(path, "-") != 0)
		return (struct ipmasq_source){ .name = path };
	return (struct ipmasq_source){ .kind = IPMASQ_SOURCE_FD,
				       .name = "<stdin>",
				       .fd = STDIN_FILENO };
}

int cli_load(struct ipmasq_config *config, const char *path, struct ipmasq_diags *diags)
{
	struct ipmasq_source source = cli_source(path);

	return ipmasq_config_load(config, &source, diags);
}

/* Only the default file may be missing. A file that the user named must exist. */
static void add_default_path(struct cli *cli)
{
	const char *path = getenv("IPMASQ_CONFIG");
	struct stat status;

	if (path && path[0])
		cli->configs[cli->config_count++] = path;
	else if (stat(CLI_DEFAULT_CONFIG, &status) == 0 || (errno != ENOENT && errno != ENOTDIR))
		cli->configs[cli->config_count++] = CLI_DEFAULT_CONFIG;
}

/* Continues after a file that is refused, in order to report every error. */
static int load_configs(const char *const *paths, size_t count, struct ipmasq_config *config,
			struct ipmasq_diags *diags)
{
	int result = 0;
	int r;

	for (size_t i = 0; i < count && result != -ENOMEM; i++) {
		r = cli_load(config, paths[i], diags);
		if (r < 0 && (result == 0 || r == -ENOMEM))
			result = r;
	}
	return result;
}

enum cli_exit cli_policy_of(struct cli *cli, const char *const *paths, size_t count,
			    struct ipmasq_policy **policy)
{
	struct ipmasq_config *config = NULL;
	struct ipmasq_diags *diags = NULL;
	int hosts = 0;
	int r = ipmasq_diags_new(&diags);

	if (r == 0)
		r = ipmasq_config_new(cli->options, &config);
	if (r == 0)
		r = load_configs(paths, count, config, diags);
	if (r == 0)
		r = hosts = cli_hosts_resolve(&cli->hosts, cli->options, config, diags, -1);
	if (hosts == 0 && (r == 0 || r == -EINVAL))
		r = ipmasq_policy_new(config, cli->options, diags, policy);
	if (diags)
		text_findings(stderr, diags, cli->quiet ? IPMASQ_ERROR : IPMASQ_NOTE);
	ipmasq_config_free(config);
	ipmasq_diags_free(diags);
	if (r == 0)
		return CLI_FINE;
	if (r == -ENOMEM)
		cli_die(r, "cannot read the configuration");
	cli_say("the configuration was rejected");
	return CLI_REJECTED;
}

enum cli_exit cli_policy(struct cli *cli, struct ipmasq_policy **policy)
{
	if (cli->config_count == 0)
		add_default_path(cli);
	cli_one_stdin(cli->configs, cli->config_count, cli->stdin_taken);
	return cli_policy_of(cli, cli->configs, cli->config_count, policy);
}
