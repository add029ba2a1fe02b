/* SPDX-License-Identifier: Apache-2.0 */
/* How is a ruleset written as iptables-restore text, and read back from iptables-save text? */
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

/* One rule line of iptables-save, taken apart. The strings live in @words, which the caller
 * provides and may reuse. */
#define SCRIPT_WORDS_MAX 128

struct script_words {
	char *word[SCRIPT_WORDS_MAX];
	size_t count;
	char storage[4096];
};

/* Splits a line at blanks, undoing the quotes and backslashes of iptables-save. -E2BIG: longer than
 * there is room for. */
int script_split(const char *line, struct script_words *words);

/* Joins words again, quoted so that iptables-restore splits them the same way. */
void script_join(struct buf *buf, char *const *words, size_t count);

/*
 * Reads "-A CHAIN matches... -j TARGET" (split) as a rule. @target_name gets what -j or -g names,
 * or NULL; a -g or -j to a chain is TARGET_OTHER here: which chain it is, and so whether it is a
 * goto within the ruleset, is for the caller to resolve.
 * @is_goto tells -g from -j.
 */
void script_read_rule(enum ipmasq_family family, const struct script_words *words,
		      struct rule *rule, const char **target_name, bool *is_goto);

/* Whether the rule is the jump as we write it: matches `-m addrtype ! --dst-type LOCAL` and nothing
 * else, and -j (not -g). */
bool script_is_our_jump(const struct script_words *words);

#endif
