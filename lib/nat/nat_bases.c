/* SPDX-License-Identifier: Apache-2.0 */
/* Which base chains of a model a packet meets, in which order, and what they lead to. */
#include <stdlib.h>
#include <string.h>

#include "nat/nat.h"
#include "util/common.h"

/* What can end a packet's way, or the tracking of its connection. */
static bool rule_cuts(const struct nat_rule *rule)
{
	return rule->verdict == NAT_DROP || rule->verdict == NAT_QUEUE ||
	       rule->verdict == NAT_NOTRACK || rule->verdict == NAT_UNKNOWN;
}

static bool rule_leads(const struct nat_table *table, const struct nat_rule *rule)
{
	return (rule->verdict == NAT_JUMP || rule->verdict == NAT_GOTO) &&
	       rule->chain < table->count;
}

/* The chains that one base chain reaches first, in the order in which they were found. */
struct reached {
	uint32_t *chains;
	size_t count;
};

static void reach(struct nat_table *table, struct reached *reached, uint32_t chain)
{
	if (table->chains[chain].reached)
		return;
	table->chains[chain].reached = true;
	reached->chains[reached->count++] = chain;
}

/* Marks what a base chain leads to. Returns whether any of that cuts. */
static bool follow(struct nat_table *table, struct reached *reached, uint32_t base)
{
	bool cuts = table->chains[base].policy == NAT_DROP;

	reached->count = 0;
	reach(table, reached, base);
	for (size_t next = 0; next < reached->count; next++) {
		const struct nat_chain *chain = &table->chains[reached->chains[next]];

		for (size_t i = 0; i < chain->count; i++) {
			cuts |= rule_cuts(&chain->rules[i]);
			if (rule_leads(table, &chain->rules[i]))
				reach(table, reached, chain->rules[i].chain);
		}
	}
	return cuts;
}

static bool rewrites(const struct nat_chain *chain)
{
	return chain->hook == NAT_POSTROUTING && chain->type == NAT_TYPE_NAT;
}

static bool may_cut(const struct nat_chain *chain)
{
	return chain->hook != NAT_NO_HOOK && chain->type != NAT_TYPE_NAT;
}

static void drop_unreached(struct nat_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		struct nat_chain *chain = &table->chains[i];

		if (chain->reached)
			continue;
		free(chain->rules);
		chain->rules = NULL;
		chain->count = 0;
		chain->capacity = 0;
	}
}

static int table_finish(struct nat_table *table)
{
	struct reached reached = { 0 };

	if (table->count == 0)
		return 0;
	reached.chains = calloc(table->count, sizeof(*reached.chains));
	if (!reached.chains)
		return -ENOMEM;
	for (size_t i = 0; i < table->count; i++)
		table->chains[i].reached = false;
	for (size_t i = 0; i < table->count; i++) {
		if (rewrites(&table->chains[i]))
			(void)follow(table, &reached, (uint32_t)i);
	}
	for (size_t i = 0; i < table->count; i++) {
		if (!may_cut(&table->chains[i]) || follow(table, &reached, (uint32_t)i))
			continue;
		for (size_t j = 0; j < reached.count; j++)
			table->chains[reached.chains[j]].reached = false;
	}
	free(reached.chains);
	drop_unreached(table);
	return 0;
}

int nat_model_finish(struct nat_model *model)
{
	for (size_t i = 0; i < model->count; i++) {
		int error = table_finish(model->tables[i]);

		if (error)
			return error;
	}
	return 0;
}

static int compare_bases(const void *left, const void *right)
{
	const struct nat_base *a = left;
	const struct nat_base *b = right;
	const struct nat_chain *x = &a->table->chains[a->chain];
	const struct nat_chain *y = &b->table->chains[b->chain];

	if (x->hook != y->hook)
		return x->hook < y->hook ? -1 : 1;
	/* All chains of type nat are asked from one place, after those of the other types. */
	if (rewrites(x) != rewrites(y))
		return rewrites(x) ? 1 : -1;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	/* So that the result is the same each time. */
	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	return (x > y) - (x < y);
}

/* Base chains of one hook, type and priority, beside each other in the list, are in no order. */
static void mark_unknown_order(struct nat_base *bases, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const struct nat_chain *x = &bases[i - 1].table->chains[bases[i - 1].chain];
		const struct nat_chain *y = &bases[i].table->chains[bases[i].chain];

		if (x->hook == y->hook && rewrites(x) == rewrites(y) && x->priority == y->priority)
			bases[i].unordered = true;
	}
}

static size_t table_bases(const struct nat_table *table, size_t place, struct nat_base *bases)
{
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct nat_chain *chain = &table->chains[i];

		if (!chain->reached || chain->hook == NAT_NO_HOOK ||
		    (!rewrites(chain) && !may_cut(chain)))
			continue;
		if (bases)
			bases[count] = (struct nat_base){ table, (uint32_t)i, false, place };
		count++;
	}
	return count;
}

int nat_bases(const struct nat_model *model, enum ipmasq_family family, struct nat_base **bases,
	      size_t *count)
{
	struct nat_base *list;
	size_t total = 0;

	for (size_t i = 0; i < model->count; i++)
		total += table_bases(model->tables[i], i, NULL);
	list = calloc(total ? total : 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	total = 0;
	for (size_t i = 0; i < model->count; i++) {
		const struct nat_table *table = model->tables[i];

		if (!table->dormant && (table->families & NAT_FAMILY(family)))
			total += table_bases(table, i, list + total);
	}
	array_sort(list, total, sizeof(*list), compare_bases);
	mark_unknown_order(list, total);
	*bases = list;
	*count = total;
	return 0;
}
