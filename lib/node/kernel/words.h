/* SPDX-License-Identifier: Apache-2.0 */
/* The words of iptables for a rule that is not ours, made of what the kernel shows. */
#ifndef LIBIPMASQ_KERNEL_WORDS_H
#define LIBIPMASQ_KERNEL_WORDS_H

#include "node/kernel/conditions.h"
#include "rules/ruleset.h"
#include "util/buf.h"

/* The words in the making. What has none stands there as "...", and then they are not exact: a
 * person can read them, a program cannot. */
struct words {
	struct buf buf;
	bool exact;
};

void words_begin(struct words *words, const char *chain);
void words_release(struct words *words);

/* Adds "...", once for all that is not known in one place. */
void words_add_unknown(struct words *words);

/* Adds the addresses and the protocol of a rule. */
void words_add_addresses(struct words *words, const struct rule *rule);

/* Adds the same and more, in the words of iptables, but for a person: not exact. */
void words_add_conditions(struct words *words, const struct conditions *conditions);

/* Adds a match; @info: its options as the kernel gives them back, of any alignment. */
void words_add_match(struct words *words, const char *name, unsigned int revision, const void *info,
		     size_t len);

/* Adds what nft has for the match addrtype of our jump. */
void words_add_not_local(struct words *words);

/* Adds a target that is a chain, and ends the words. The text is the caller's; NULL: out of
 * memory. */
char *words_end(struct words *words, bool is_goto, const char *chain);

/* The same with a target of another kind; @info: its options, as above, NULL: they are not known.
 */
char *words_end_target(struct words *words, enum ipmasq_family family, const char *target,
		       unsigned int revision, const void *info, size_t len);

#endif
