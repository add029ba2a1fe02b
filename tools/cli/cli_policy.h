/* SPDX-License-Identifier: Apache-2.0 */
/* From the configurations on the command line to a policy. */
#ifndef IPMASQ_CLI_POLICY_H
#define IPMASQ_CLI_POLICY_H

#include "cli/cli.h"

/* Ends the process if stdin would be read twice. @taken: something else reads it already. */
void cli_one_stdin(const char *const *paths, size_t count, bool taken);

/* A path on the command line as a source. "-" is stdin. */
struct ipmasq_source cli_source(const char *path);

/* Reads a file, a directory, or for "-" stdin. Returns as ipmasq_config_load(). */
int cli_load(struct ipmasq_config *config, const char *path, struct ipmasq_diags *diags);

/*
 * Makes the policy of the configurations that the command line and the environment name. Prints
 * findings on stderr. Returns CLI_FINE or the exit status.
 */
enum cli_exit cli_policy(struct cli *cli, struct ipmasq_policy **policy);

/* The same for the given paths, which together are one configuration. */
enum cli_exit cli_policy_of(struct cli *cli, const char *const *paths, size_t count,
			    struct ipmasq_policy **policy);

#endif
