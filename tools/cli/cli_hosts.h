/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses of the host names in a configuration, from --hosts or from the resolver. */
#ifndef IPMASQ_CLI_HOSTS_H
#define IPMASQ_CLI_HOSTS_H

#include "ipmasq.h"

struct resolver;

struct cli_hosts {
	/* The argument of --hosts, or NULL. */
	const char *file;
	/* The addresses as far as they are known, and what was known before the last change. */
	struct ipmasq_hosts *known;
	struct ipmasq_hosts *before;
	/* NULL until there is a name to resolve. */
	struct resolver *resolver;
};

/*
 * Finds the addresses of the host names of a configuration and gives them to @options: those in the
 * file of --hosts, else those of the system's resolver. Waits for names that were never answered,
 * up to ten seconds or until @stop_fd (-1: none) is readable. Policies leave out a name that has no
 * address by then. The errors are those of ipmasq_hosts_load().
 */
int cli_hosts_resolve(struct cli_hosts *hosts, struct ipmasq_options *options,
		      const struct ipmasq_config *config, struct ipmasq_diags *diags, int stop_fd);

/* Reads the file of --hosts, if there is one, and gives its addresses to @options. */
int cli_hosts_load_file(struct cli_hosts *hosts, struct ipmasq_options *options,
			struct ipmasq_diags *diags);

void cli_hosts_release(struct cli_hosts *hosts);

#endif
