/* SPDX-License-Identifier: Apache-2.0 */
/* Describes the checks, for --list-checks and --explain-check. */
#ifndef IPMASQ_LINT_CHECKS_H
#define IPMASQ_LINT_CHECKS_H

#include "cli/cli.h"

/* Prints one line per check. */
void lint_list_checks(const struct cli *cli);

/* Prints one check in full. An unknown code ends the process. */
void lint_explain_check(const struct cli *cli, const char *code);

#endif
