/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses of the host names in a configuration, from --hosts or from the resolver. */
#include "cli/cli_hosts.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "cli/cli_say.h"
#include "cli/resolver.h"

/*
 * For names that were never answered: longer than a name server takes that has to ask others, and
 * not too long for a program that runs once.
 */
#define WAIT_MS 10000

static void use_hosts(struct cli_hosts *hosts, struct ipmasq_options *options,
		      struct ipmasq_hosts *known)
{
	ipmasq_options_set_hosts(options, known);
	ipmasq_hosts_free(hosts->before);
	hosts->before = hosts->known;
	hosts->known = known;
}

int cli_hosts_load_file(struct cli_hosts *hosts, struct ipmasq_options *options,
			struct ipmasq_diags *diags)
{
	struct ipmasq_hosts *known;
	int r;

	if (!hosts->file)
		return 0;
	r = ipmasq_hosts_new(&known);
	if (r < 0)
		return r;
	r = ipmasq_hosts_load(known, &(struct ipmasq_source){ .name = hosts->file }, diags);
	if (r < 0)
		ipmasq_hosts_free(known);
	else
		use_hosts(hosts, options, known);
	return r;
}

/* Gives the answers that have come to @options. 0 or -ENOMEM. */
static int use_answers(struct cli_hosts *hosts, struct ipmasq_options *options)
{
	struct ipmasq_hosts *known;
	int r;

	if (!hosts->resolver)
		return 0;
	r = resolver_hosts(hosts->resolver, &known);
	if (r == 0)
		use_hosts(hosts, options, known);
	return r;
}

int cli_hosts_resolve(struct cli_hosts *hosts, struct ipmasq_options *options,
		      const struct ipmasq_config *config, struct ipmasq_diags *diags, int stop_fd)
{
	int r = 0;

	if (hosts->file)
		return cli_hosts_load_file(hosts, options, diags);
	if (!ipmasq_config_host(config, 0) && !hosts->resolver)
		return 0;
	if (!hosts->resolver)
		r = resolver_new(&hosts->resolver);
	if (r == 0)
		r = resolver_ask(hosts->resolver, config);
	if (r == 0)
		resolver_wait(hosts->resolver, WAIT_MS, stop_fd);
	else if (r != -ENOMEM)
		cli_say("host names cannot be resolved: %s", strerror(-r));
	return r == -ENOMEM ? r : use_answers(hosts, options);
}

void cli_hosts_release(struct cli_hosts *hosts)
{
	resolver_free(hosts->resolver);
	ipmasq_hosts_free(hosts->before);
	ipmasq_hosts_free(hosts->known);
	*hosts = (struct cli_hosts){ 0 };
}
