/* SPDX-License-Identifier: Apache-2.0 */
/* Rulesets as iptables-restore text. */
#ifndef LIBIPMASQ_SCRIPT_H
#define LIBIPMASQ_SCRIPT_H

#include "util/buf.h"
#include "rules/ruleset.h"

/* What a transaction does besides filling our chains. */
struct script_edits {
	/* Rules to delete, as iptables writes them after "-D ", such as "POSTROUTING -j X". Each
	 * deletes the first rule that is equal. */
	const char *const *deletes;
	size_t delete_count;
	bool add_jump;
	/* The rule number to insert the jump at, from 1; 0: append. */
	size_t jump_at;
	/* Chains to empty and leave. */
	const char *const *flush_chains;
	size_t flush_count;
	/* Chains to empty and delete. */
	const char *const *drop_chains;
	size_t drop_count;
	/* By chain of the ruleset: is not written. NULL: all are. */
	const bool *unchanged;
	/* By chain of the ruleset: rules that are inserted into a chain that has all others. Where
	 * the count is 0, the chain is written anew; NULL: all are. Not for blocks. */
	const struct rule_run *inserts;
};

/*
 * Writes the transaction. @ruleset may be NULL (only edits). The script begins with "*nat", one
 * line per chain of the ruleset, and the rules, so that line numbers can be computed.
 */
void script_write(struct buf *buf, const struct ipmasq_ruleset *ruleset,
		  const struct script_edits *edits);

/*
 * The same in several transactions, of at most @most chains each, since iptables-nft 1.8.9 walks
 * all chains of a transaction for each rule, which makes a large one quadratic. @ruleset may not be
 * NULL. The order is:
 *
 * - If there are more than @most chains, the sub-chains, each after those that it leads to. Nothing
 *   leads to them yet: their names must be those of a generation that is not in use.
 * - One transaction that rewrites the first chain and carries out the edits. Packets see the old
 *   rules until then, and the new ones from then on.
 * - The chains to drop.
 */
void script_write_blocks(struct buf *buf, const struct ipmasq_ruleset *ruleset,
			 const struct script_edits *edits, size_t most);

/* Which rule is on line number @line (from 1) of a script that is not in blocks. False: none. */
bool script_written_at(const struct ipmasq_ruleset *ruleset, const struct script_edits *edits,
		       size_t line, size_t *chain, size_t *rule);

/* The line of a rule in such a script, without the newline: "-A CHAIN ..." or "-I CHAIN ...". */
void script_write_line(struct buf *buf, const struct ipmasq_ruleset *ruleset,
		       const struct script_edits *edits, size_t chain, size_t rule);

/* Whether a comment, without a NUL, is one that scripts give rules. */
bool script_comment_is_ours(const char *comment, size_t len);

/* The rule as one line without the newline: "-A CHAIN ...". */
void script_write_rule(struct buf *buf, const struct ipmasq_ruleset *ruleset, size_t chain,
		       size_t rule);

#endif
