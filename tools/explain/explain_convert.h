/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --convert: the policy as a configuration for the agent of another profile. */
#ifndef IPMASQ_EXPLAIN_CONVERT_H
#define IPMASQ_EXPLAIN_CONVERT_H

#include "explain/explain_state.h"

/* Sets the profile. An unknown one ends the process. */
void explain_convert_to(struct explain *explain, const char *profile);

/* Prints the configuration. Prints nothing and returns CLI_NO if that agent cannot have one. */
enum cli_exit explain_convert(struct explain *explain);

#endif
