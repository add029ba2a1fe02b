/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --diff: the ranges whose verdict differs between two configurations. */
#ifndef IPMASQ_EXPLAIN_DIFF_H
#define IPMASQ_EXPLAIN_DIFF_H

#include "explain/explain_state.h"

/* Compares @paths[1] with @paths[0]. Returns CLI_NO if any verdict differs. */
enum cli_exit explain_diff(struct explain *explain, const char *const paths[2]);

#endif
