/* SPDX-License-Identifier: Apache-2.0 */
/* Goes through the inputs on the command line. */
#ifndef IPMASQ_LINT_INPUTS_H
#define IPMASQ_LINT_INPUTS_H

#include "lint/lint_state.h"

/*
 * Goes through all inputs in their order, fixes them if asked to, checks them and reports the
 * findings: first what -c names, which together is one configuration, then each path. For a
 * directory, each file of the tree is an input.
 */
void lint_inputs(struct lint *lint, char *const *paths, size_t count);

#endif
