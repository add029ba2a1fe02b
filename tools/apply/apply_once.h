/* SPDX-License-Identifier: Apache-2.0 */
/* The modes of ipmasq-apply that do their work once: apply, --dry-run, --check and --remove. */
#ifndef IPMASQ_APPLY_ONCE_H
#define IPMASQ_APPLY_ONCE_H

#include "apply/apply_state.h"

/* Prints the scripts. Needs neither privilege nor iptables. */
enum cli_exit apply_dry_run(struct apply *apply);

/* Applies, checks or removes, and prints what was found and done. */
enum cli_exit apply_node(struct apply *apply);

#endif
