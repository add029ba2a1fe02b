/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a rule of nf_tables into a model: its expressions one after the other, as the kernel would
 * evaluate them. */
#ifndef LIBIPMASQ_KERNEL_NAT_NFT_RULE_H
#define LIBIPMASQ_KERNEL_NAT_NFT_RULE_H

#include <libmnl/libmnl.h>

#include "node/kernel/nat_nft_load.h"
#include "node/kernel/nat_nft_set.h"
#include "node/kernel/nat_xt.h"

/* A part of a key. */
struct nat_nft_part {
	struct nat_load load;
	/* Where it begins in the key. */
	uint32_t at;
};

/* What the reader of a rule needs to know beyond it. */
struct nat_nft_rule {
	struct nat_draft *draft;
	struct nat_ipsets *ipsets;
	struct nat_nft_sets *sets;
	const struct nat_interfaces *interfaces;
	struct nat_table *table;
	uint32_t chain;
	/* What stands before its text. */
	const char *prefix;

	/* The rest is set for each rule. */
	struct nat_nft_registers registers;
	enum nat_words words;
	/* Where in the text stands what the next condition implies, so that it need not be said. */
	size_t implied_from;
	size_t implied_end;
	/* The rule holds for any of these keys, each of which makes a rule of the same number.
	 * NULL: there are none. */
	const struct nat_nft_set *choice;
	struct nat_nft_part choice_parts[NAT_REGISTERS];
	size_t choice_count;
	/* The lower end of a range, whose upper end is mostly what is compared next. */
	bool has_low;
	struct nat_load low_load;
	uint32_t low_register;
	struct nat_value low;
	/* "-m tcp" was said. */
	bool said_match;
	/* Something has no words of iptables. */
	bool no_words;
	/* The verdict of the rule is there, or its rules were added. */
	bool ended;
	bool added;
	/* 0, or a negative errno. */
	int error;
};

/* Reads the expressions, and adds the rule with that number to the chain; it becomes several of one
 * number where it has a map of verdicts. Jumps make chains. 0; -ENOMEM; or an error of
 * nat_nft_set_get(). */
int nat_nft_rule_read(struct nat_nft_rule *r, size_t number, const struct nlattr *expressions,
		      const struct nlattr *userdata);

/* Between the files that make it up. Adds a condition for what was loaded, of one value or range,
 * or of the keys of a set. */
void nat_nft_compare(struct nat_nft_rule *r, const struct nat_load *load,
		     const struct nat_value *value);
void nat_nft_lookup(struct nat_nft_rule *r, const struct nlattr *data);

/* The range of addresses that match, false: they are not one. As nft writes it. */
bool nat_nft_address_range(const struct nat_load *load, const struct nat_value *value,
			   struct addr *first, struct addr *last);
void nat_nft_format_range(enum ipmasq_family family, struct addr first, struct addr last,
			  char text[2 * PREFIX_TEXT_MAX]);

/* Takes back the words of the last condition where the one that comes implies it. */
void nat_nft_forget_implied(struct nat_nft_rule *r);

/* Ends the rule with a verdict; false: it has one already, which counts. */
bool nat_nft_end(struct nat_nft_rule *r, enum nat_verdict verdict);

/* What ends a rule; @data: NFTA_EXPR_DATA of the expression. */
void nat_nft_target(struct nat_nft_rule *r, const struct nlattr *data);
void nat_nft_masquerade(struct nat_nft_rule *r, const struct nlattr *data);
void nat_nft_nat(struct nat_nft_rule *r, const struct nlattr *data);

/* A limit, which is a condition, and a log. */
void nat_nft_limit(struct nat_nft_rule *r, const struct nlattr *data);
void nat_nft_log(struct nat_nft_rule *r, const struct nlattr *data);

/* Sets the verdict of the rule to that of an attribute NFTA_DATA_VERDICT. */
void nat_nft_verdict(struct nat_nft_rule *r, const struct nlattr *verdict);

/* Adds the rule as it is. */
void nat_nft_rule_add(struct nat_nft_rule *r);

#endif
