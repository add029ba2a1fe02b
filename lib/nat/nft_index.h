/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is where in a dump of nftables: tables, chains, sets, and where the rules of each chain
 * stand. Readers of the text and of the JSON fill it, without a look into the rules.
 */
#ifndef LIBIPMASQ_NAT_NFT_INDEX_H
#define LIBIPMASQ_NAT_NFT_INDEX_H

#include "nat/dump.h"
#include "nat/nft_words.h"
#include "util/buf.h"

/* Names, numbered in the order in which they were added. */
struct nft_names {
	struct nft_slice *names;
	size_t count;
	size_t capacity;
	struct slots slots;
};

#define NFT_NO_NAME SLOT_FREE

struct nft_chain {
	enum nat_hook hook;
	enum nat_type type;
	int priority;
	enum nat_verdict policy;
	/* Of a base chain at whatever hook. */
	bool is_base;
	struct nft_slice *rules;
	size_t count;
	size_t capacity;
	/* The dump ends within it. */
	bool incomplete;
	/* Its rules were read, or will be. */
	bool wanted;
};

/* A set or a map. */
struct nft_set {
	/* As the dump has them; then, for dumps in JSON, in the words of the text. */
	struct nft_slice elements;
	char *said;
	bool has_elements;
	/* How many there are, once they were counted. */
	bool is_counted;
	size_t count;
	/* What was made of them, by family; NULL: nothing yet. */
	struct nat_set *addresses[2];
};

struct nft_table {
	struct nft_slice name;
	unsigned int families;
	bool dormant;
	/* The dump has it. */
	bool is_listed;
	/* The dump says that iptables made it. */
	bool is_of_iptables;
	/* Of its rules: how many there are, and how many have no counter; iptables-nft always adds
	 * one. Some have an expression of iptables. */
	size_t rule_count;
	size_t uncounted;
	bool has_xt;
	struct nft_names chain_names;
	/* By the number of the name. */
	struct nft_chain *chains;
	size_t chain_capacity;
	struct nft_names set_names;
	struct nft_set *sets;
	size_t set_capacity;
	/* In the model, where chains have the same numbers. */
	struct nat_table *table;
};

struct nft_index {
	struct nat_reading *reading;
	const struct nat_dump *dump;
	struct nat_model *model;
	struct nft_table *tables;
	size_t count;
	size_t capacity;
	/* Some set has elements, so that the dump was not made without them (nft -t). */
	bool lists_elements;
	/*
	 * How many elements of sets may still be read, so that a hostile dump with many rules that
	 * refer to one large set costs no more than one that is honest.
	 */
	size_t budget;
	/* Write a rule, or the elements of a set, as the text has them. NULL: it is the text.
	 * -ENOMEM; -EINVAL: it cannot be said. */
	int (*say_rule)(struct nft_slice rule, struct buf *text);
	int (*say_elements)(struct nft_slice set, struct buf *text);
};

void nft_index_begin(struct nft_index *index, struct nat_reading *reading,
		     const struct nat_dump *dump);
void nft_index_release(struct nft_index *index);

/* The families of a table: "ip", "ip6", "inet"; 0 for others. */
unsigned int nft_families(struct nft_slice name);

/* Finds a table, or adds an empty one. NULL: there are more than any node has, which a note then
 * says. -ENOMEM. */
int nft_need_table(struct nft_index *index, unsigned int families, struct nft_slice name,
		   struct nft_table **table);

/* The number of a name, or NFT_NO_NAME. */
uint32_t nft_find_name(const struct nft_names *names, struct nft_slice name);

/* Find a chain or set of a table, or add an empty one. What they give moves with the next
 * addition. -ENOMEM. */
int nft_need_chain(struct nft_table *table, struct nft_slice name, struct nft_chain **chain);
int nft_need_set(struct nft_table *table, struct nft_slice name, struct nft_set **set);

/* -ENOMEM. */
int nft_add_rule(struct nft_chain *chain, struct nft_slice rule);

/* Sets what a base chain is; words that it does not know make it a chain that does not matter.
 * @priority is a number or one of nft's names. False: it is neither. */
void nft_set_base(struct nft_chain *chain, struct nft_slice type, struct nft_slice hook);
bool nft_priority(struct nft_slice name, int *priority);

/* The elements of a set in the words of the text. -ENOMEM. */
int nft_elements_of(struct nft_index *index, struct nft_set *set, struct nft_slice *elements);

#endif
