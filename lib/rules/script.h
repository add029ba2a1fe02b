/* SPDX-License-Identifier: Apache-2.0 */
/* Rulesets as iptables-restore text. */
#ifndef LIBIPMASQ_SCRIPT_H
#define LIBIPMASQ_SCRIPT_H

#include "util/buf.h"
#include "rules/ruleset.h"

/* What a transaction does beside filling our chains. */
struct script_edits {
	/* Rules to delete, in the words of iptables without "-D ", such as "POSTROUTING -j X"; each
	 * deletes the first that matches. */
	const char *const *deletes;
	size_t delete_count;
	bool add_jump;
	size_t jump_at; /* rule number to insert the jump at, from 1; 0: append */
	const char *const *flush_chains; /* chains to empty and leave */
	size_t flush_count;
	const char *const *drop_chains; /* chains to flush and delete */
	size_t drop_count;
	const bool *unchanged; /* by chain of the ruleset: not written; NULL: all are */
};

/*
 * Writes the transaction. @ruleset may be NULL (only edits). The script's first lines are fixed:
 * "*nat", one line a chain of the ruleset, then the rules, so that line numbers need no table.
 */
void script_write(struct buf *buf, const struct ipmasq_ruleset *ruleset,
		  const struct script_edits *edits);

/*
 * The same in several transactions, of at most @most chains each: iptables-nft 1.8.9 walks all of a
 * transaction's for each rule, which makes a large one quadratic. First, if there are more than
 * that, the sub-chains, which nothing leads to yet (their names must not be in use: another
 * generation), those that others lead to before the others. Then one that rewrites the first chain
 * and carries out the edits, so that packets see the old rules until then and the new ones from
 * then on. Last the chains to drop. @ruleset may not be NULL.
 */
void script_write_blocks(struct buf *buf, const struct ipmasq_ruleset *ruleset,
			 const struct script_edits *edits, size_t most);

/* The line (from 1) of rule number @rule of chain number @chain, and back; 0 and false where there
 * is none. */
size_t script_line_of(const struct ipmasq_ruleset *ruleset, size_t chain, size_t rule);
bool script_rule_at(const struct ipmasq_ruleset *ruleset, size_t line, size_t *chain, size_t *rule);

/* The same for a script without the chains that are unchanged (NULL: with all). */
bool script_written_at(const struct ipmasq_ruleset *ruleset, const bool *unchanged, size_t line,
		       size_t *chain, size_t *rule);

/* The rule as one line without the newline: "-A CHAIN ...". */
void script_write_rule(struct buf *buf, const struct ipmasq_ruleset *ruleset, size_t chain,
		       size_t rule);

#endif
