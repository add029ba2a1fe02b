/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --diff: the ranges whose verdict differs between two configurations. */
#ifndef IPMASQ_EXPLAIN_DIFF_H
#define IPMASQ_EXPLAIN_DIFF_H

#include "explain/explain_state.h"

/* Compares @paths[1] with @paths[0]. Returns CLI_NO if any verdict differs. */
enum cli_exit explain_diff(struct explain *explain, const char *const paths[2]);

/* Makes the policies of both paths, even if the first is rejected, in order to report the errors of
 * both. Returns CLI_FINE or the exit status. */
enum cli_exit explain_load_both(struct cli *cli, const char *const paths[2],
				struct ipmasq_policy *policies[2]);

#endif
