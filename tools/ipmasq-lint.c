/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-lint: what is wrong with these configurations, and where? */
#include <errno.h>

#include "cli.h"
#include "output.h"

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
	.summary = "Reports every error and warning in configuration files, each looked at on its "
		   "own.\nPATH is a file, a directory (one configuration in several files), or - "
		   "for stdin.",
	.options = options,
	.exits = "0 nothing found that --fail-on asks for, 1 findings, 2 usage,\n"
		 "4 system failure.",
	.config_help = "the same as PATH",
};

/* In the order of the option's choices. */
static const int severities[] = { IPMASQ_ERROR, IPMASQ_WARNING, IPMASQ_NOTE, IPMASQ_ERROR + 1 };

/* Looks at one path; what was found is in @diags. */
static void inspect(const struct cli *cli, const char *path, struct ipmasq_diags *diags)
{
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_config *config = NULL;
	int r = ipmasq_config_new(cli->options, &config);

	if (r == 0)
		r = cli_load(config, path, diags);
	/* What was refused is looked at by the policy too, for what it says on the rest. */
	if (r == 0 || r == -EINVAL)
		r = ipmasq_policy_new(config, cli->options, diags, &policy);
	if (r == -ENOMEM)
		cli_die(r, path);
	ipmasq_policy_free(policy);
	ipmasq_config_free(config);
}

static void print_findings(const struct cli *cli, struct json_list *list,
			   const struct ipmasq_diags *diags)
{
	const struct ipmasq_diag *diag;

	if (cli->format == CLI_TEXT) {
		text_findings(stdout, diags, IPMASQ_NOTE);
		return;
	}
	for (size_t i = 0; (diag = ipmasq_diags_get(diags, i)); i++)
		json_put(list, json_finding(diag));
	text_dropped(diags);
}

/* Prints what is found in every path; returns the worst severity. */
static int lint(const struct cli *cli, const char *const *paths, size_t count)
{
	struct ipmasq_diags *diags;
	struct json_list list;
	int worst = 0;

	if (cli->format == CLI_JSON)
		json_open(&list);
	for (size_t i = 0; i < count; i++) {
		if (ipmasq_diags_new(&diags) < 0)
			cli_die(ENOMEM, paths[i]);
		inspect(cli, paths[i], diags);
		print_findings(cli, &list, diags);
		if (ipmasq_diags_worst(diags) > worst)
			worst = ipmasq_diags_worst(diags);
		ipmasq_diags_free(diags);
	}
	if (cli->format == CLI_JSON)
		json_close(&list);
	return worst;
}

int main(int argc, char **argv)
{
	int fail_on = IPMASQ_WARNING;
	struct cli cli;
	const char *value;
	char **arguments;
	size_t count;
	int worst;

	cli_init(&cli, &tool, argc, argv);
	while (cli_next(&cli, &value) == OPT_FAIL_ON)
		fail_on = severities[cli_choice(&cli, value)];
	arguments = cli_arguments(&cli, &count);
	/* There is room: -c and PATH together are no more than argc. */
	for (size_t i = 0; i < count; i++)
		cli.configs[cli.config_count++] = arguments[i];
	if (cli.config_count == 0)
		cli_usage("a PATH is needed, or - for stdin");
	cli_one_stdin(cli.configs, cli.config_count, false);
	worst = lint(&cli, cli.configs, cli.config_count);
	cli_release(&cli);
	return worst >= fail_on ? CLI_NO : CLI_FINE;
}
