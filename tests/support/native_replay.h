/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a kernel about tables of our own that were recorded, for the reader that believes to
 * ask one. */
#ifndef IPMASQ_TESTS_NATIVE_REPLAY_H
#define IPMASQ_TESTS_NATIVE_REPLAY_H

#include <stddef.h>

#include "node/kernel/native_table.h"

#define NATIVE_REPLAY_ROOT "IP-MASQ-AGENT"

/*
 * Reads a recording into a table, with the chains of NATIVE_REPLAY_ROOT: a byte that is 1 for IPv6,
 * and the messages of one answer after the other, whatever the questions. Each answer ends with
 * NLMSG_DONE or NLMSG_ERROR. What native_read() returned; -EIO also where it has no more messages.
 */
int native_replay_read(const uint8_t *data, size_t size, struct native_table *table);

#endif
