/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-lint: reports and fixes what is wrong in configurations. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli_policy.h"
#include "lint/lint_baseline.h"
#include "lint/lint_checks.h"
#include "lint/lint_files.h"
#include "lint/lint_inputs.h"
#include "lint/lint_report.h"

enum {
	OPT_FAIL_ON = 1,
	OPT_LIST_CHECKS,
	OPT_POD_CIDR,
	OPT_NODE_CIDR,
	OPT_SERVICE_CIDR,
	OPT_BASELINE,
	OPT_EXPLAIN_CHECK,
	OPT_FIX,
	OPT_DRY_RUN,
	OPT_REQUIRE,
	OPT_EXCLUDE,
	OPT_VERBOSE,
};

static const struct cli_option options[] = {
	{ OPT_FAIL_ON, "fail-on", 0, false, "error|warning|note|never",
	  "exit 1 if a finding has this or a higher severity\n"
	  "(default: warning)" },
	{ OPT_POD_CIDR, "pod-cidr", 0, false, "CIDR",
	  "report which part of the pods' range is masqueraded;\n"
	  "repeatable, as are the next two" },
	{ OPT_NODE_CIDR, "node-cidr", 0, false, "CIDR", "the same for the nodes' range" },
	{ OPT_SERVICE_CIDR, "service-cidr", 0, false, "CIDR", "the same for the services' range" },
	{ OPT_BASELINE, "baseline", 0, false, "OLD",
	  "also report the ranges whose verdict differs from that in the\n"
	  "configuration OLD" },
	{ OPT_LIST_CHECKS, "list-checks", 0, false, NULL,
	  "print every check: its code, its severity and what it finds" },
	{ OPT_EXPLAIN_CHECK, "explain-check", 0, false, "CODE",
	  "print why a check matters, with a bad example and a fixed one" },
	{ OPT_REQUIRE, "require", 0, true, "N",
	  "exit 1 unless at least N configurations (default: 1) were\n"
	  "looked at" },
	{ OPT_EXCLUDE, "exclude", 0, false, "GLOB",
	  "in directories, leave out the files and directories of this\n"
	  "name, or path from there if it has a slash; repeatable" },
	{ OPT_VERBOSE, "verbose", 'v', false, NULL,
	  "say how many configurations were looked at (on terminals it is\n"
	  "always said)" },
	{ OPT_FIX, "fix", 0, false, NULL, "write the certain fixes into the files" },
	{ OPT_DRY_RUN, "dry-run", 0, false, NULL,
	  "with --fix: print the changes as a patch, and write no file" },
	{ 0 },
};

static const struct cli_tool tool = {
	.name = "ipmasq-lint",
	.usage = "[OPTION]... PATH...\n"
		 "[OPTION]... --list-checks\n"
		 "[OPTION]... --explain-check=CODE",
	.summary = "Reports every error and warning in configurations and in the manifests around "
		   "them.\nChecks each configuration on its own. PATH is a file, a directory (its "
		   "*.yaml, *.yml and\n*.json files, and those named config or ip-masq*, "
		   "recursively), or - for stdin.",
	.options = options,
	.exits = "0 no finding that counts for --fail-on, 1 findings or too few\n"
		 "configurations, 2 usage,\n"
		 "3 --baseline rejected, 4 system failure.",
	.formats = "text|json|sarif|github|gitlab|junit|rdjson",
	.config_help = "a file, a directory, or - for stdin; repeatable (all of them\n"
		       "together are one configuration)",
};

/* In the order of the option's choices. */
static const int severities[] = { IPMASQ_ERROR, IPMASQ_WARNING, IPMASQ_NOTE, IPMASQ_ERROR + 1 };

/* Ends the process when stdin would be read twice, by -c or as a path. */
static void check_stdin(const struct lint *lint, char *const *paths, size_t count)
{
	const struct cli *cli = lint->cli;
	bool taken = lint->baseline && strcmp(lint->baseline, "-") == 0;

	cli_one_stdin(cli->configs, cli->config_count, taken);
	for (size_t i = 0; i < cli->config_count; i++)
		taken |= strcmp(cli->configs[i], "-") == 0;
	cli_one_stdin((const char *const *)paths, count, taken);
}

static void add_cidr(struct cli *cli, enum ipmasq_cluster_cidr which, const char *value)
{
	struct ipmasq_diags *diags = NULL;
	int r = ipmasq_diags_new(&diags);

	if (r == 0)
		r = ipmasq_options_add_cidr(cli->options, which, value, diags);
	cli_must_be_set(cli, r, diags);
}

/* @value: NULL where the option has none. */
static size_t read_count(const char *value)
{
	unsigned long count;
	char *end;

	if (!value)
		return 1;
	errno = 0;
	count = strtoul(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end || errno || count == 0)
		cli_usage("option '--require' takes a number of 1 or more, not '%s'", value);
	return count;
}

static void read_options(struct lint *lint)
{
	const char *value;
	int id;

	while ((id = cli_next(lint->cli, &value)) != 0) {
		switch (id) {
		case OPT_FAIL_ON:
			lint->fail_on = severities[cli_choice(lint->cli, value)];
			break;
		case OPT_POD_CIDR:
			add_cidr(lint->cli, IPMASQ_POD_CIDR, value);
			break;
		case OPT_NODE_CIDR:
			add_cidr(lint->cli, IPMASQ_NODE_CIDR, value);
			break;
		case OPT_SERVICE_CIDR:
			add_cidr(lint->cli, IPMASQ_SERVICE_CIDR, value);
			break;
		case OPT_BASELINE:
			lint->baseline = value;
			break;
		case OPT_LIST_CHECKS:
			lint->list_checks = true;
			break;
		case OPT_EXPLAIN_CHECK:
			lint->explain_check = value;
			break;
		case OPT_FIX:
			lint->fix = true;
			break;
		case OPT_DRY_RUN:
			lint->dry_run = true;
			break;
		case OPT_REQUIRE:
			lint->require = read_count(value);
			break;
		case OPT_EXCLUDE:
			lint_exclude(lint, value);
			break;
		case OPT_VERBOSE:
			lint->verbose = true;
			break;
		}
	}
}

/* Handles --list-checks and --explain-check, which end the process. */
static void describe_checks(const struct lint *lint)
{
	if ((lint->list_checks || lint->explain_check) && lint->cli->format > CLI_JSON)
		cli_usage("option '--%s' writes text or json",
			  lint->list_checks ? "list-checks" : "explain-check");
	if (lint->list_checks)
		lint_list_checks(lint->cli);
	else if (lint->explain_check)
		lint_explain_check(lint->cli, lint->explain_check);
	else
		return;
	exit(CLI_FINE);
}

/* Errors in the file of --hosts are findings, like those in a configuration. */
static void read_hosts(struct lint *lint)
{
	struct ipmasq_diags *diags;

	if (!lint->cli->hosts.file)
		return;
	if (ipmasq_diags_new(&diags) < 0 ||
	    cli_hosts_load_file(&lint->cli->hosts, lint->cli->options, diags) == -ENOMEM)
		cli_die(ENOMEM, lint->cli->hosts.file);
	lint_report(lint, NULL, diags);
	ipmasq_diags_free(diags);
}

/* Refuses what cannot be combined with --fix. */
static void check_fix(const struct lint *lint, char *const *paths, size_t count)
{
	if (lint->dry_run && !lint->fix)
		cli_usage("option '--dry-run' needs '--fix'");
	if (!lint->fix)
		return;
	if (lint->dry_run && lint->cli->format != CLI_TEXT)
		cli_usage("option '--dry-run' prints a patch, so it cannot be combined with "
			  "'--output'");
	if (lint->cli->config_count > 0)
		cli_usage("option '--fix' fixes each PATH on its own, so it cannot be combined "
			  "with '--config'");
	for (size_t i = 0; i < count; i++)
		if (strcmp(paths[i], "-") == 0)
			cli_usage("option '--fix' takes files, not stdin ('-')");
}

int main(int argc, char **argv)
{
	struct cli cli;
	struct lint lint = { .cli = &cli, .fail_on = IPMASQ_WARNING };
	char **paths;
	size_t count;
	bool enough;

	cli_init(&cli, &tool, argc, argv);
	read_options(&lint);
	describe_checks(&lint);
	paths = cli_arguments(&cli, &count);
	if (cli.config_count + count == 0)
		cli_usage("a PATH is needed, or - for stdin");
	check_stdin(&lint, paths, count);
	check_fix(&lint, paths, count);
	lint_open(&lint);
	read_hosts(&lint);
	lint_load_baseline(&lint);
	lint_inputs(&lint, paths, count);
	lint_close(&lint);
	enough = lint_summary(&lint);
	free(lint.excludes);
	ipmasq_policy_free(lint.old);
	cli_release(&cli);
	if (lint.failed)
		return CLI_SYSTEM;
	return lint.worst >= lint.fail_on || !enough ? CLI_NO : CLI_FINE;
}
