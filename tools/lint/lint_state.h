/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one run of ipmasq-lint, which all its parts share. */
#ifndef IPMASQ_LINT_STATE_H
#define IPMASQ_LINT_STATE_H

#include "cli/cli.h"
#include "cli/findings.h"

/* The policy of one configuration, kept for --fix. */
struct lint_result {
	/* NULL: the configuration was rejected. */
	struct ipmasq_policy *policy;
	/* The number of findings after the configuration was checked. */
	size_t diags_end;
};

/* The results of a text, in the order of its configurations. */
struct lint_results {
	struct lint_result *all;
	size_t count;
	size_t capacity;
};

struct lint {
	struct cli *cli;
	struct findings findings;
	/* The lowest severity that makes the exit status CLI_NO. */
	int fail_on;
	/* The path of the configuration to compare with, or NULL, and its policy. */
	const char *baseline;
	struct ipmasq_policy *old;
	bool list_checks;
	/* The code of the check to explain, or NULL. */
	const char *explain_check;
	/* The present file was found in a directory. The user did not name it. */
	bool found;
	/* The present file is the value of a data key, as a kustomization says. */
	bool value;
	/* The files that kustomizations have led to, a tree of tsearch(3). */
	void *generated;
	bool fix;
	/* With --fix: print the changes instead of writing them. */
	bool dry_run;
	/* Where lint_config() keeps policies, or NULL. */
	struct lint_results *results;
	/* A file could not be fixed, and the user was told. */
	bool failed;
	/* The patterns of --exclude. */
	const char **excludes;
	size_t exclude_count;
	/* How many configurations there must be. */
	size_t require;
	/* Say how many there are, also where that could disturb. */
	bool verbose;
	/* How many there are, in how many files that were looked at. */
	size_t configurations;
	size_t files;
	/* The highest severity of a finding so far, or 0. */
	int worst;
};

#endif
