/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chains of one table of iptables in a dump, and which lines are their rules. First all lines
 * are noted; then only those are read that a packet may meet, since others can be many.
 */
#ifndef LIBIPMASQ_NAT_DUMP_CHAINS_H
#define LIBIPMASQ_NAT_DUMP_CHAINS_H

#include "nat/dump.h"
#include "nat/xt_rule.h"

#define DUMP_NO_LINE UINT32_MAX

struct dump_chain {
	/* In the dump. */
	const char *name;
	size_t len;
	/* The numbers of its lines; DUMP_NO_LINE: it has none. */
	uint32_t first;
	uint32_t last;
	/* It was declared, not only used. */
	bool declared;
	/* NAT_UNKNOWN: it is no base chain, or its policy is not told. */
	enum nat_verdict policy;
	/* Its number in the model, once it is reached; else NAT_NO_CHAIN. */
	uint32_t index;
};

struct dump_rule_line {
	const char *text;
	size_t len;
	/* The next one of its chain, or DUMP_NO_LINE. */
	uint32_t next;
	/* For the reader: in which of its forms the line is. */
	unsigned char form;
	/* Something stood behind it that is no line of a dump, perhaps the rest of it. */
	bool broken;
};

struct dump_chains {
	struct dump_chain *chains;
	size_t count;
	size_t capacity;
	struct slots slots;
	struct dump_rule_line *lines;
	size_t line_count;
	size_t line_capacity;
	/* The dump ends too early: chains without rules, and that of the last rule, may have more.
	 */
	bool cut;
};

/* Finds or adds a chain. -ENOMEM. */
int dump_chains_need(struct dump_chains *chains, const char *name, size_t len, uint32_t *number);
/* -ENOMEM. */
int dump_chains_add_line(struct dump_chains *chains, uint32_t number, const char *text, size_t len,
			 unsigned char form);
void dump_chains_release(struct dump_chains *chains);

/* Reads a line as a rule. The text for the user is set to a stretch that stays until the next call.
 */
typedef void dump_rule_fn(void *context, struct xt_rule *rule, const struct dump_rule_line *line,
			  const char **text, size_t *text_len);

/* Fills @table with the chains that matter of the table that iptables calls @name, and what they
 * lead to. -ENOMEM. */
int dump_chains_load(struct dump_chains *chains, struct nat_reading *reading,
		     const struct nat_dump *dump, enum ipmasq_family family, const char *name,
		     struct nat_table *table, dump_rule_fn *read, void *context);

/* Whether packets on their way out meet the table of iptables with this name. */
bool dump_table_matters(const char *name, size_t len);

#endif
