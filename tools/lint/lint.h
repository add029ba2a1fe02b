/* SPDX-License-Identifier: Apache-2.0 */
/* How does ipmasq-lint go from its inputs over their configurations to a report? */
#ifndef IPMASQ_LINT_H
#define IPMASQ_LINT_H

#include "cli/cli.h"
#include "cli/output.h"

/* What came of one configuration. */
struct lint_result {
	struct ipmasq_policy *policy; /* NULL: rejected */
	size_t diags_end; /* how many findings there were when it had been looked at */
};

/* Those of a text, in their order. */
struct lint_units {
	struct lint_result *all;
	size_t count;
	size_t capacity;
};

/* One run. */
struct lint {
	struct cli *cli;
	struct json_list list;
	struct sarif_log sarif;
	int fail_on; /* severity from which on the exit status is CLI_NO */
	const char *baseline; /* the path to compare with, or NULL */
	struct ipmasq_policy *old; /* what it means */
	bool list_checks;
	const char *explain_check; /* the code, or NULL */
	bool found; /* the file that is looked at was found in a directory, and not named */
	bool fix;
	bool dry_run; /* print what --fix would change */
	struct lint_units *units; /* where lint_unit() keeps the policies, or NULL */
	bool failed; /* something could not be mended, and was told */
	int worst; /* severity of what was found so far; 0: nothing */
};

/*
 * Goes through all inputs in their order: what -c names, which together is one configuration, then
 * each path and, for directories, each file of the tree. For each configuration lint_unit() is
 * called, and after the last one of an input lint_report() with all that was found in it.
 */
void lint_inputs(struct lint *lint, char *const *paths, size_t count);

/* Calls lint_unit() for each configuration of a text. 0, -EINVAL when it cannot be read as a whole,
 * -EFBIG, or -ENOMEM. */
int lint_text(struct lint *lint, const char *name, const char *data, size_t size,
	      struct ipmasq_diags *diags);

/* Adds to @diags what there is to say of one configuration, which may be broken. 0 or -ENOMEM. */
int lint_unit(struct lint *lint, const struct ipmasq_config *config, struct ipmasq_diags *diags);

/* Before the first report and after the last one. */
void lint_open(struct lint *lint);
void lint_close(struct lint *lint);

/* Settles and tells what was found in one input; @path is NULL for what -c names. */
void lint_report(struct lint *lint, const char *path, struct ipmasq_diags *diags);

/* Reads the baseline, if there is one; a bad one ends the process. */
void lint_load_baseline(struct lint *lint);

/* Prints every check, or one of them in full; a code that does not exist ends the process. */
void lint_list_checks(const struct cli *cli);
void lint_explain_check(const struct cli *cli, const char *code);

#endif
