/* SPDX-License-Identifier: Apache-2.0 */
/* Loads a ruleset beside the one in force, and has what all messages to our table begin with. */
#ifndef LIBIPMASQ_KERNEL_NATIVE_LOAD_H
#define LIBIPMASQ_KERNEL_NATIVE_LOAD_H

#include "node/kernel/native_batch.h"
#include "node/kernel/native_rule.h"

/* Starts a message about our table, whose name @attr has. */
struct nlmsghdr *native_start(struct native_batch *batch, int type, int flags, uint16_t attr);

/* Commits. Returns an error of native_batch_commit(); what is there already, or not there any more,
 * is NATIVE_STALE too. */
int native_commit(struct native_batch *batch);

void native_put_table(struct native_batch *batch);
void native_put_rule(struct native_batch *batch, const char *chain, const struct native_rule *rule);
void native_put_rule_first(struct native_batch *batch, const char *chain,
			   const struct native_rule *rule);

/* The messages of native_load(), without a commit. */
void native_put_ruleset(struct native_batch *batch, const struct ipmasq_ruleset *rules);

/* An estimate of how many bytes these take, never too low. */
size_t native_ruleset_bytes(const struct ipmasq_ruleset *rules);

/* Makes the table, and loads the chains, maps and rules of a ruleset, which nothing leads to yet.
 */
int native_load(struct native_batch *batch, const struct ipmasq_ruleset *rules);

#endif
