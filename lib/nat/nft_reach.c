/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_reach.h"

#include <stdlib.h>
#include <string.h>

#include "nat/nft_statement.h"

/* Whether the table looks as if the iptables of nftables had made it, which a list of rules tells
 * on the standard error alone, and only since nft 1.0. */
static bool looks_like_iptables(const struct nft_table *table)
{
	static const char *const tables[] = { "nat", "filter", "mangle", "raw", "security" };
	static const char *const chains[] = { "PREROUTING", "INPUT", "FORWARD", "OUTPUT",
					      "POSTROUTING" };
	bool has_base = false;

	if (table->is_of_iptables)
		return true;
	if (table->families == NAT_BOTH_FAMILIES ||
	    !nft_slice_in(table->name, tables, ARRAY_SIZE(tables)) || table->set_names.count > 0)
		return false;
	for (size_t i = 0; i < table->chain_names.count; i++) {
		if (!table->chains[i].is_base)
			continue;
		has_base = true;
		if (!nft_slice_in(table->chain_names.names[i], chains, ARRAY_SIZE(chains)))
			return false;
	}
	return has_base && (table->has_xt || table->uncounted == 0);
}

/* Adds a table and its chains, without rules. One that was told better has none afterwards. */
static int add_table(struct nft_index *index, struct nft_table *table)
{
	enum nat_backend backend = looks_like_iptables(table) ? NAT_IPTABLES_NFT : NAT_NFTABLES;
	const char *name = nat_text(index->model, table->name.text, table->name.len);
	uint32_t number;
	int r;

	if (!name)
		return -ENOMEM;
	r = nat_dump_table(index->reading, index->dump, backend, true, table->families, name,
			   &table->table);
	if (r < 0 || !table->table)
		return r;
	table->table->dormant = table->dormant;
	for (size_t i = 0; i < table->chain_names.count; i++) {
		const struct nft_chain *chain = &table->chains[i];
		struct nat_chain *made;

		r = nat_need_chain(table->table, table->chain_names.names[i].text,
				   table->chain_names.names[i].len, &number);
		if (r < 0)
			return r;
		made = &table->table->chains[number];
		made->hook = chain->hook;
		made->type = chain->type;
		made->priority = chain->priority;
		made->policy = chain->policy;
		made->incomplete = chain->incomplete;
	}
	return 0;
}

static int read_rule(struct nft_index *index, struct nft_table *table, uint32_t chain,
		     size_t number, struct nft_slice rule)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	int r = 0;

	if (index->say_rule) {
		r = index->say_rule(rule, &text);
		if (r == 0 && text.error)
			r = text.error;
		if (r < 0 && r != -EINVAL)
			return r;
		rule = (struct nft_slice){ text.data ? text.data : "", text.len };
	}
	if (r < 0) {
		table->table->chains[chain].incomplete = true;
		return 0;
	}
	return nft_read_rule(index, table, chain, number, rule);
}

static bool matters(const struct nft_chain *chain)
{
	return chain->hook == NAT_POSTROUTING ||
	       (chain->hook != NAT_NO_HOOK && chain->type != NAT_TYPE_NAT);
}

/* The chains to be read, in the order in which they were found. */
struct queue {
	uint32_t *chains;
	size_t count;
	size_t capacity;
};

static int want(struct nft_table *table, struct queue *queue, uint32_t chain)
{
	if (table->chains[chain].wanted)
		return 0;
	if (array_grow(&queue->chains, &queue->capacity, queue->count, sizeof(*queue->chains)))
		return -ENOMEM;
	table->chains[chain].wanted = true;
	queue->chains[queue->count++] = chain;
	return 0;
}

/* Reads the rules of a chain, and wants what they lead to. Chains may be added on the way, for
 * rules within a rule. */
static int read_chain(struct nft_index *index, struct nft_table *table, struct queue *queue,
		      uint32_t chain)
{
	const struct nat_chain *made;
	int r = 0;

	for (size_t i = 0; r == 0 && i < table->chains[chain].count; i++)
		r = read_rule(index, table, chain, i + 1, table->chains[chain].rules[i]);
	made = &table->table->chains[chain];
	for (size_t i = 0; r == 0 && i < made->count; i++) {
		const struct nat_rule *rule = &made->rules[i];

		if ((rule->verdict == NAT_JUMP || rule->verdict == NAT_GOTO) &&
		    rule->chain < table->chain_names.count)
			r = want(table, queue, rule->chain);
	}
	return r;
}

static int read_table(struct nft_index *index, struct nft_table *table)
{
	struct queue queue = { 0 };
	int r;

	r = add_table(index, table);
	if (r < 0 || !table->table)
		return r;
	for (size_t i = 0; r == 0 && i < table->chain_names.count; i++) {
		if (matters(&table->chains[i]))
			r = want(table, &queue, (uint32_t)i);
	}
	for (size_t at = 0; r == 0 && at < queue.count; at++)
		r = read_chain(index, table, &queue, queue.chains[at]);
	free(queue.chains);
	return r;
}

int nft_index_read(struct nft_index *index)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < index->count; i++) {
		/* Of others there was but a warning. */
		if (index->tables[i].is_listed)
			r = read_table(index, &index->tables[i]);
	}
	return r;
}
