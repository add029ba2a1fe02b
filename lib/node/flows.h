/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the flows whose translation is wrong under the new rules. */
#ifndef LIBIPMASQ_FLOWS_H
#define LIBIPMASQ_FLOWS_H

#include "node/work.h"

/* After a write: ends or counts the flows that the old rules translated otherwise, as the node's
 * option wants. */
int flows_follow(struct work *w);

#endif
