/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule of nftables in the making: its conditions, and its cases, each of which becomes a rule of
 * the model. Cases come of what one rule of the model cannot say: a verdict map, or a set of
 * interfaces. At most one of them holds for a packet.
 */
#ifndef LIBIPMASQ_NAT_NFT_RULE_H
#define LIBIPMASQ_NAT_NFT_RULE_H

#include "nat/nft_index.h"
#include "nat/nft_value.h"

/* What a rule, or an element of a map, does. */
struct nft_decision {
	enum nat_verdict verdict;
	uint32_t chain;
	bool to_known;
	struct addr to_first;
	struct addr to_last;
	struct prefix to_prefix;
};

struct nft_case {
	/* Its conditions, in the list of all cases. */
	size_t first;
	size_t count;
	bool decides;
	struct nft_decision decision;
	/* NULL: that of the rule. */
	const char *text;
};

struct nft_cases {
	struct nft_case *cases;
	size_t count;
	size_t capacity;
	struct nat_condition *conditions;
	size_t condition_count;
	size_t condition_capacity;
};

struct nft_rule {
	struct nft_index *index;
	struct nft_table *table;
	struct nat_model *model;
	uint32_t chain;
	size_t number;
	struct nat_condition *conditions;
	size_t count;
	size_t capacity;
	bool has_cases;
	struct nft_cases cases;
	/* What was said of it already. */
	unsigned int families;
	int protocol;
	struct nft_decision decision;
	/* The verdict ends the rule. */
	bool decided;
	/* Some statement may have been one that decides. */
	bool is_unclear;
	bool counted;
	/* The last statement was a counter. */
	bool ends_with_counter;
	/* Of the statement that is read, in the dump. */
	const char *begin;
	const char *comment;
	struct buf text;
};

void nft_rule_begin(struct nft_rule *rule, struct nft_index *index, struct nft_table *table,
		    uint32_t chain, size_t number);
void nft_rule_release(struct nft_rule *rule);

/* A stretch of a dump as a text of the model: blanks as one, cut where it is very long. NULL:
 * -ENOMEM. */
const char *nft_copy_text(struct nat_model *model, const char *begin, const char *end);

/* Adds a stretch to the text of the rule. */
void nft_rule_say(struct nft_rule *rule, const char *begin, const char *end);

/* All of these return 0 or -ENOMEM. */

int nft_rule_when(struct nft_rule *rule, const struct nat_condition *condition);
int nft_rule_unknown(struct nft_rule *rule, const char *begin, const char *end);
/* That a packet is of these families, but for its text: any address of them is its destination. */
int nft_family_condition(struct nat_model *model, unsigned int families,
			 struct nat_condition *condition);
/* Only for packets of these families, or of this protocol. */
int nft_rule_families(struct nft_rule *rule, unsigned int families);
int nft_rule_protocol(struct nft_rule *rule, int protocol);

int nft_cases_add(struct nft_cases *cases, const struct nft_case *made);
/* Adds a condition to the case that was added last. */
int nft_cases_when(struct nft_cases *cases, const struct nat_condition *condition);
void nft_cases_release(struct nft_cases *cases);

/* Most cases that come of several expressions of one rule. */
#define NFT_CASES_MAX 256

/* Whether a rule may have so many cases more. */
bool nft_rule_has_room(const struct nft_rule *rule, size_t count);

/* Splits the rule into these cases, which it takes over. */
int nft_rule_split(struct nft_rule *rule, struct nft_cases *cases);

/* Adds what was made to the model. */
int nft_rule_end(struct nft_rule *rule);

#endif
