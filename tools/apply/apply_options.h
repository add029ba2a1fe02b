/* SPDX-License-Identifier: Apache-2.0 */
/* The options of ipmasq-apply. */
#ifndef IPMASQ_APPLY_OPTIONS_H
#define IPMASQ_APPLY_OPTIONS_H

#include "apply/apply_state.h"

/* Reads the command line. An error ends the process, as do --help and --version. */
void apply_read_options(struct apply *apply, int argc, char **argv);

#endif
