/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of a report about chains of the backend nftables, in the words of nft: which rule,
 * or which element of a map, is the first that differs. */
#include "node/describe.h"
#include "node/native.h"
#include "rules/nft_script.h"

/* How many chains are described. */
#define CHAINS_SAID_MAX 5

/* A chain that differs, and a part of it: a rule of nft. */
struct place {
	struct work *w;
	const struct chain *wanted;
	const struct chain *seen;
	/* The number of the rule in the kernel, from 1. */
	size_t number;
};

static void put_item(struct buf *buf, const struct ipmasq_ruleset *rules,
		     const struct nft_item *item)
{
	if (item->key.size > 0) {
		nft_script_put_key(buf, rules, item);
		buf_printf(buf, " %zu element%s }", item->count, plural(item->count));
	} else if (rule_is_odd(item->rules)) {
		buf_puts(buf, "a rule of another kind");
	} else {
		nft_script_put_rule(buf, rules, item->rules);
	}
}

/* NULL: there is no such rule. */
static void say_rule(const struct place *at, const struct nft_item *wanted,
		     const struct nft_item *seen)
{
	struct work *w = at->w;
	const char *family = native_family_word(w);
	CLEANUP(buf_release) struct buf expected = BUF_INIT;
	CLEANUP(buf_release) struct buf found = BUF_INIT;

	if (wanted)
		put_item(&expected, w->desired, wanted);
	if (seen)
		put_item(&found, w->obs.rules, seen);
	if (expected.error || found.error)
		report_no_memory(w->report, w->family);
	else if (!seen)
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS,
			 "rule %zu of chain %s of table %s ipmasq is missing: expected `%s'",
			 at->number, at->wanted->name, family, expected.data);
	else if (!wanted)
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS,
			 "rule %zu of chain %s of table %s ipmasq is one too many: found `%s'",
			 at->number, at->wanted->name, family, found.data);
	else
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS,
			 "rule %zu of chain %s of table %s ipmasq differs: expected `%s', found "
			 "`%s'",
			 at->number, at->wanted->name, family, expected.data, found.data);
}

/* NULL: there is no such element. */
static void say_element(const struct place *at, const struct nft_item *map,
			const struct rule *wanted, const struct rule *seen)
{
	struct work *w = at->w;
	const char *family = native_family_word(w);
	CLEANUP(buf_release) struct buf expected = BUF_INIT;
	CLEANUP(buf_release) struct buf found = BUF_INIT;

	if (wanted)
		nft_script_put_element(&expected, w->desired, map, wanted);
	if (seen)
		nft_script_put_element(&found, w->obs.rules, map, seen);
	if (expected.error || found.error)
		report_no_memory(w->report, w->family);
	else if (!seen)
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS,
			 "the map of rule %zu of chain %s of table %s ipmasq lacks an element: "
			 "expected `%s'",
			 at->number, at->wanted->name, family, expected.data);
	else if (!wanted)
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS,
			 "the map of rule %zu of chain %s of table %s ipmasq has an element too "
			 "many: found `%s'",
			 at->number, at->wanted->name, family, found.data);
	else
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS,
			 "an element of the map of rule %zu of chain %s of table %s ipmasq "
			 "differs: expected `%s', found `%s'",
			 at->number, at->wanted->name, family, expected.data, found.data);
}

/* Elements of both are in ascending order. */
static int compare_elements(const struct nft_item *wanted, size_t i, const struct nft_item *seen,
			    size_t j)
{
	if (i == wanted->count || j == seen->count)
		return i == wanted->count ? 1 : -1;
	if (wanted->key.source)
		return addr_compare(wanted->rules[i].src.addr, seen->rules[j].src.addr);
	return addr_compare(wanted->rules[i].dst.addr, seen->rules[j].dst.addr);
}

/* The first element that differs, and how many more there are. */
static void say_elements(const struct place *at, const struct nft_item *wanted,
			 const struct nft_item *seen)
{
	size_t differ = 0;
	size_t i = 0;
	size_t j = 0;

	while (i < wanted->count || j < seen->count) {
		int order = compare_elements(wanted, i, seen, j);
		const struct rule *expected = order <= 0 ? &wanted->rules[i] : NULL;
		const struct rule *found = order >= 0 ? &seen->rules[j] : NULL;

		i += order <= 0;
		j += order >= 0;
		if (expected && found && rule_equal(expected, found))
			continue;
		if (differ++ == 0)
			say_element(at, wanted, expected, found);
	}
	if (differ > 1)
		WORK_SAY(at->w, IPMASQ_LINE_CHAIN_DIFFERS, "%zu more of its elements differ",
			 differ - 1);
}

static bool is_same_key(const struct nft_key *a, const struct nft_key *b)
{
	return a->source == b->source && a->size == b->size && a->bits == b->bits;
}

static bool is_same_item(const struct nft_item *a, const struct nft_item *b)
{
	if (!is_same_key(&a->key, &b->key) || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!rule_equal(&a->rules[i], &b->rules[i]))
			return false;
	return true;
}

static size_t count_items(const struct chain *chain)
{
	struct nft_item item;
	size_t count = 0;
	size_t at = 0;

	while (nft_item_next(chain, &at, &item))
		count++;
	return count;
}

/* The first difference in full, and how many rules there are. */
static void say_chain(struct work *w, size_t chain)
{
	struct place at = { .w = w,
			    .wanted = &w->desired->chains[chain],
			    .seen = &w->obs.rules->chains[chain] };
	size_t counts[] = { count_items(at.wanted), count_items(at.seen) };
	struct nft_item wanted = { 0 };
	struct nft_item seen = { 0 };
	size_t next_wanted = 0;
	size_t next_seen = 0;
	bool has_wanted;
	bool has_seen;

	do {
		has_wanted = nft_item_next(at.wanted, &next_wanted, &wanted);
		has_seen = nft_item_next(at.seen, &next_seen, &seen);
		at.number++;
	} while (has_wanted && has_seen && is_same_item(&wanted, &seen));
	if (has_wanted && has_seen && wanted.key.size > 0 && is_same_key(&wanted.key, &seen.key))
		say_elements(&at, &wanted, &seen);
	else if (has_wanted || has_seen)
		say_rule(&at, has_wanted ? &wanted : NULL, has_seen ? &seen : NULL);
	if (counts[0] != counts[1])
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS, "chain %s has %zu rule%s, expected %zu",
			 at.wanted->name, counts[1], plural(counts[1]), counts[0]);
}

void native_describe_chains(struct work *w)
{
	size_t said = 0;

	for (size_t i = 0; i < w->desired->count; i++) {
		const struct chain *seen = &w->obs.rules->chains[i];

		if (native_is_same_chain(w->obs.rules, w->desired, i) || said++ >= CHAINS_SAID_MAX)
			continue;
		if (seen->absent)
			WORK_SAY(w, IPMASQ_LINE_CHAIN_MISSING,
				 "chain %s of table %s ipmasq is missing",
				 w->desired->chains[i].name, native_family_word(w));
		else
			say_chain(w, i);
	}
	if (said > CHAINS_SAID_MAX)
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS, "%zu more chains differ",
			 said - CHAINS_SAID_MAX);
}
