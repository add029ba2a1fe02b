/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes native tables. A live map is never edited, and what a packet may be looking at is never
 * taken away: new content is loaded beside the old one, in as many transactions as it takes; one
 * transaction makes the base chain lead to it; and the old content goes in later ones. A packet
 * that is in the old rules when the switch comes still finds the old elements.
 */
#ifndef LIBIPMASQ_KERNEL_NATIVE_WRITE_H
#define LIBIPMASQ_KERNEL_NATIVE_WRITE_H

#include "node/kernel/native_batch.h"
#include "node/kernel/native_table.h"

/* Each returns an error of native_commit(). */

/*
 * Makes the base chain lead to the chain @first, in one transaction; the table wakes up.
 *
 * @seen: the table as it is. The kernel refuses where any table has changed since.
 */
int native_switch(struct native_batch *batch, const char *root, const char *first,
		  const struct native_table *seen);

/* The messages of native_switch() and native_delete(), without a commit. */
void native_put_switch(struct native_batch *batch, const char *root, const char *first,
		       const struct native_table *seen);
void native_put_deletions(struct native_batch *batch, const char *root, char keep,
			  const struct native_table *seen);

/* The same as of native_put_switch(), but takes nothing away: puts the rule that leads to @first
 * before those that the base chain has. The kernel is done at once where a transaction deletes
 * nothing; else it lets the socket close when no packet is in what was deleted. */
void native_put_first(struct native_batch *batch, const char *root, const char *first);

/* Waits until no packet is in rules any more that were not in force when this was called. */
void native_settle(void);

/* Deletes the chains and maps of our root, but not those of the generation @keep, which may be NUL.
 * -EBUSY: a rule of somebody else leads to one. */
int native_delete(struct native_batch *batch, const char *root, char keep,
		  const struct native_table *seen);

/* Deletes the base chain, and the table where nothing of others is in it: before native_delete()
 * and after it. */
int native_delete_base(struct native_batch *batch, const char *root,
		       const struct native_table *seen);
int native_delete_table(struct native_batch *batch, const struct native_table *seen);

#endif
