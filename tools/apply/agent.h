/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-apply --watch: the process that stays and keeps the node in line. */
#ifndef IPMASQ_AGENT_H
#define IPMASQ_AGENT_H

#include "apply/apply_state.h"

/* Runs until SIGTERM or SIGINT. The rules stay on the node. */
enum cli_exit agent_run(struct apply *apply);

#endif
