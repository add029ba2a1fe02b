/* SPDX-License-Identifier: Apache-2.0 */
/* An observation in the making: what all readers of the nat table share, whether they read the text
 * of iptables-save or what the kernel sends. */
#ifndef LIBIPMASQ_KERNEL_OBSERVER_H
#define LIBIPMASQ_KERNEL_OBSERVER_H

#include "node/kernel/observation.h"
#include "rules/chain_index.h"

#define POSTROUTING "POSTROUTING"

/* What a reader of the kernel cannot tell. */
enum doubt {
	/* The words of a rule of others that leads to our chains. They are only for a note, unless
	 * the rule keeps a chain that is to go. */
	DOUBT_OTHERS = 1,
	/* Whether a rule of our chains is as we write it. */
	DOUBT_RULE = 2,
	/* How our chains are reached. */
	DOUBT_JUMP = 4,
};

struct observer {
	struct observation *obs;
	enum ipmasq_family family;
	const char *root;
	/* The chains of obs->rules by name. */
	struct chain_index chains;
	bool has_postrouting;
	/* Bits of enum doubt. */
	unsigned int doubts;
	/* What was not read leads to our chains, so all is to be read. */
	bool elsewhere;
};

/* Functions that return int return 0 or -ENOMEM. */

/* Starts an observation that holds nothing but the root; @obs is the caller's to release, also
 * where this fails. */
int observer_begin(struct observer *observer, enum ipmasq_family family, const char *root,
		   struct observation *obs);

/* Releases what the observation itself does not need. */
void observer_end(struct observer *observer);

/* Notes a chain of the table; @index: its number where it is one of ours, else CHAIN_NONE. */
int observer_add_chain(struct observer *observer, const char *name, uint32_t *index);

/* The number of a chain of ours that the table has, or CHAIN_NONE. */
uint32_t observer_find_chain(const struct observer *observer, const char *name);

/* Adds a rule that is not as we write it to our chain number @chain. @differs: whatever a program
 * prints, it does something else; else a program is to judge it. */
int observer_add_odd(struct observer *observer, uint32_t chain, bool differs);

/* Adds a rule that is as we write it, with its comment, without a NUL, which is kept where it is a
 * pod's; NULL: it has none. */
int observer_add_rule(struct observer *observer, uint32_t chain, struct rule *rule,
		      const char *comment, size_t len);

/* Notes the comment of a rule in one of our chains, as above. */
void observer_note_comment(struct observer *observer, const char *comment, size_t len);

/* Notes why rules of ours are not in force; the first reason stays. */
void observer_set_trouble(struct observer *observer, const char *format, ...) PRINTF_LIKE(2, 3);

/* Notes that the policy of POSTROUTING is not ACCEPT. */
void observer_set_policy(struct observer *observer);

/* Notes a rule of @chain that leads to @target, one of our chains. @rule: its number, words and the
 * like; the words are taken over, also where this fails, and NULL stands for -ENOMEM. */
int observer_add_referrer(struct observer *observer, const struct referrer *rule, const char *chain,
			  const char *target);

/* Notes rule number @number of POSTROUTING, which rewrites sources. Takes over @words as above. */
int observer_add_rewriter(struct observer *observer, size_t number, char *words);

#endif
