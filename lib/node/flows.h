/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the flows whose translation is wrong under the new rules. */
#ifndef LIBIPMASQ_FLOWS_H
#define LIBIPMASQ_FLOWS_H

#include "node/work.h"

/* After a write, or an attempt: keeps the rules before it for flows_follow(). */
void flows_remember(struct work *w);

/* With the rules in line: ends or counts the flows that the rules remembered translated otherwise,
 * as the node's option wants. Flows that were to be ended stay pending where that fails. */
int flows_follow(struct work *w);

#endif
