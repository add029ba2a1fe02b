/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --batch: answers addresses from stdin, one per line. */
#ifndef IPMASQ_EXPLAIN_BATCH_H
#define IPMASQ_EXPLAIN_BATCH_H

#include "explain/explain_state.h"

/* Returns CLI_NO if a line is not an address. */
enum cli_exit explain_batch(struct explain *explain);

#endif
