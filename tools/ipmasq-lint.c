/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-lint: what is wrong with these configurations, and where? */
#include <errno.h>
#include <string.h>

#include "lint.h"

enum {
	OPT_FAIL_ON = 1,
};

static const struct cli_option options[] = {
	{ OPT_FAIL_ON, "fail-on", 0, false, "error|warning|note|never",
	  "exit 1 when a finding is at or above it (default: warning)" },
	{ 0 },
};

static const struct cli_tool tool = {
	.name = "ipmasq-lint",
	.usage = "[OPTION]... PATH...",
	.summary = "Reports every error and warning in configuration files, each PATH looked at "
		   "on its own.\nPATH is a file, a directory (one configuration in several files), "
		   "or - for stdin.",
	.options = options,
	.exits = "0 nothing found that --fail-on asks for, 1 findings, 2 usage,\n"
		 "4 system failure.",
	.formats = "text|json|github",
	.config_help = "a PATH too, but all that -c names is one configuration",
};

/* In the order of the option's choices. */
static const int severities[] = { IPMASQ_ERROR, IPMASQ_WARNING, IPMASQ_NOTE, IPMASQ_ERROR + 1 };

int lint_unit(struct lint *lint, const struct ipmasq_config *config, struct ipmasq_diags *diags)
{
	struct ipmasq_policy *policy = NULL;
	int r = ipmasq_policy_new(config, lint->cli->options, diags, &policy);

	ipmasq_policy_free(policy);
	return r == -ENOMEM ? r : 0;
}

/* Ends the process when stdin would be read twice, by -c or as a path. */
static void check_stdin(const struct cli *cli, char *const *paths, size_t count)
{
	bool taken = false;

	for (size_t i = 0; i < cli->config_count; i++)
		taken |= strcmp(cli->configs[i], "-") == 0;
	cli_one_stdin(cli->configs, cli->config_count, false);
	cli_one_stdin((const char *const *)paths, count, taken);
}

int main(int argc, char **argv)
{
	int fail_on = IPMASQ_WARNING;
	struct cli cli;
	struct lint lint = { .cli = &cli };
	const char *value;
	char **paths;
	size_t count;

	cli_init(&cli, &tool, argc, argv);
	while (cli_next(&cli, &value) == OPT_FAIL_ON)
		fail_on = severities[cli_choice(&cli, value)];
	paths = cli_arguments(&cli, &count);
	if (cli.config_count + count == 0)
		cli_usage("a PATH is needed, or - for stdin");
	check_stdin(&cli, paths, count);
	lint_open(&lint);
	lint_inputs(&lint, paths, count);
	lint_close(&lint);
	cli_release(&cli);
	return lint.worst >= fail_on ? CLI_NO : CLI_FINE;
}
