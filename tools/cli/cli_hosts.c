/* SPDX-License-Identifier: Apache-2.0 */
/* What do the host names of a configuration stand for? */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#include "cli/resolver.h"

/* For names that were never answered: longer than a name server that has to ask others takes, and
 * what a program that works once may be late. */
#define WAIT_MS 10000

static void use_hosts(struct cli *cli, struct ipmasq_hosts *hosts)
{
	ipmasq_options_set_hosts(cli->options, hosts);
	ipmasq_hosts_free(cli->hosts_before);
	cli->hosts_before = cli->hosts;
	cli->hosts = hosts;
}

int cli_hosts_file(struct cli *cli, struct ipmasq_diags *diags)
{
	struct ipmasq_hosts *hosts;
	int r;

	if (!cli->hosts_file)
		return 0;
	r = ipmasq_hosts_new(&hosts);
	if (r < 0)
		return r;
	r = ipmasq_hosts_load(hosts, &(struct ipmasq_source){ .name = cli->hosts_file }, diags);
	if (r < 0)
		ipmasq_hosts_free(hosts);
	else
		use_hosts(cli, hosts);
	return r;
}

int cli_hosts_known(struct cli *cli)
{
	struct ipmasq_hosts *hosts;
	int r;

	if (!cli->resolver)
		return 0;
	r = resolver_hosts(cli->resolver, &hosts);
	if (r == 0)
		use_hosts(cli, hosts);
	return r;
}

int cli_hosts(struct cli *cli, const struct ipmasq_config *config, struct ipmasq_diags *diags,
	      int stop_fd)
{
	int r = 0;

	if (cli->hosts_file)
		return cli_hosts_file(cli, diags);
	if (!ipmasq_config_host(config, 0) && !cli->resolver)
		return 0;
	if (!cli->resolver)
		r = resolver_new(&cli->resolver);
	if (r == 0)
		r = resolver_ask(cli->resolver, config);
	if (r == 0)
		resolver_wait(cli->resolver, WAIT_MS, stop_fd);
	else if (r != -ENOMEM)
		cli_say("host names cannot be resolved: %s", strerror(-r));
	return r == -ENOMEM ? r : cli_hosts_known(cli);
}

void cli_hosts_release(struct cli *cli)
{
	resolver_free(cli->resolver);
	ipmasq_hosts_free(cli->hosts_before);
	ipmasq_hosts_free(cli->hosts);
}
