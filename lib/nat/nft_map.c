/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_map.h"

#include <stdlib.h>
#include <string.h>

#include "nat/nft_verdict.h"
#include "util/text.h"

/* A map of addresses with more elements becomes one rule for all that lead to the same. */
#define ELEMENTS_APART 1024

/* How many negated conditions say `none of these`. */
#define NEGATED_MAX 64

bool nft_spend(struct nft_rule *rule, size_t elements)
{
	struct nft_index *index = rule->index;

	if (index->budget < elements)
		return false;
	index->budget -= elements;
	return true;
}

void nft_keys_read(const struct nft_rule *rule, struct nft_words *words, struct nft_keys *keys)
{
	const char *begin = words->begin;

	keys->count = 0;
	do {
		struct nft_key key;

		nft_key_read(words, rule->table->families, &key);
		if (keys->count < NFT_PARTS_MAX)
			keys->keys[keys->count++] = key;
	} while (nft_take(words, "."));
	keys->text = (struct nft_slice){ begin, (size_t)(words->before - begin) };
}

int nft_keys_need(struct nft_rule *rule, const struct nft_keys *keys)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < keys->count; i++) {
		r = nft_rule_families(rule, keys->keys[i].families);
		if (r == 0)
			r = nft_rule_protocol(rule, keys->keys[i].protocol);
	}
	return r;
}

bool nft_lookup_take(struct nft_rule *rule, struct nft_words *words, struct nft_lookup *lookup,
		     int *r)
{
	uint32_t number;

	*r = 0;
	*lookup = (struct nft_lookup){ .elements = { "", 0 } };
	if (nft_is(words, "{")) {
		lookup->known = nft_skip_braces(words, &lookup->elements);
		return true;
	}
	if (words->kind != NFT_WORD || *words->word.text != '@')
		return false;
	lookup->name = (struct nft_slice){ words->word.text + 1, words->word.len - 1 };
	nft_next_within(words);
	number = nft_find_name(&rule->table->set_names, lookup->name);
	if (number == NFT_NO_NAME)
		return true;
	lookup->set = &rule->table->sets[number];
	lookup->known = lookup->set->has_elements || rule->index->lists_elements;
	if (!lookup->known)
		*r = nat_add_note(rule->model,
				  "%s lists no element of any set; if it was made with nft -t, "
				  "they are not known.",
				  rule->index->dump->text->name);
	else
		*r = nft_elements_of(rule->index, lookup->set, &lookup->elements);
	return true;
}

/* `KEY VALUE`, with a sign or quotes. */
static const char *element_text(struct nat_model *model, struct nft_slice key,
				struct nft_slice value, const char *before, const char *after)
{
	CLEANUP(buf_release) struct buf buf = BUF_INIT;

	buf_add(&buf, key.text, key.len);
	buf_puts(&buf, before);
	buf_add(&buf, value.text, value.len);
	buf_puts(&buf, after);
	return buf.error ? NULL : nft_copy_text(model, buf.data, buf.data + buf.len);
}

/* The condition of one element in words. */
static const char *key_text(struct nat_model *model, const struct nft_key *key,
			    struct nft_slice value)
{
	if (key->kind == NFT_INTERFACE)
		return element_text(model, key->text, value, " \"", "\"");
	return element_text(model, key->text, value, key->mask.len ? " == " : " ", "");
}

/* Of families, both at once are no condition that this could hold. */
static int end_part(const struct nft_rule *rule, struct nft_sum *sum,
		    struct nat_condition *condition)
{
	if (sum->key->kind != NFT_FAMILY)
		return nft_sum_end(sum, rule->model, condition);
	*condition = (struct nat_condition){ .kind = NAT_ON_UNKNOWN };
	if (sum->incomplete || sum->families == NAT_BOTH_FAMILIES)
		return 0;
	return nft_family_condition(rule->model, sum->families, condition);
}

static int part_when(const struct nft_rule *rule, const struct nft_key *key, struct nft_slice value,
		     bool negated, struct nft_cases *cases)
{
	struct nat_condition condition;
	struct nft_sum sum;
	int r;

	nft_sum_begin(&sum, key);
	r = nft_sum_add(&sum, value);
	if (r == 0)
		r = end_part(rule, &sum, &condition);
	nft_sum_release(&sum);
	if (r < 0)
		return r;
	condition.negated = negated && condition.kind != NAT_ON_UNKNOWN;
	condition.text = key_text(rule->model, key, value);
	return condition.text ? nft_cases_when(cases, &condition) : -ENOMEM;
}

static int unknown_when(const struct nft_rule *rule, struct nft_slice key, struct nft_slice value,
			struct nft_cases *cases)
{
	struct nat_condition condition = { .kind = NAT_ON_UNKNOWN };

	condition.text = element_text(rule->model, key, value, " ", "");
	return condition.text ? nft_cases_when(cases, &condition) : -ENOMEM;
}

int nft_element_when(const struct nft_rule *rule, const struct nft_keys *keys,
		     const struct nft_element *element, struct nft_cases *cases)
{
	int r = 0;

	if (element->count != keys->count || element->is_conditional)
		r = unknown_when(rule, keys->text, element->text, cases);
	for (size_t i = 0; r == 0 && element->count == keys->count && i < keys->count; i++)
		r = part_when(rule, &keys->keys[i], element->parts[i], false, cases);
	return r;
}

/* For what is none of the elements, in one condition. */
static int none_united(struct nft_rule *rule, const struct nft_keys *keys,
		       const struct nft_lookup *map, struct nft_cases *cases)
{
	struct nft_words words = nft_elements(map->elements);
	struct nat_condition condition;
	struct nft_element element;
	struct nft_sum sum;
	int r = 0;

	nft_sum_begin(&sum, &keys->keys[0]);
	while (r == 0 && nft_element_next(&words, &element)) {
		if (!element.is_any)
			r = nft_sum_add(&sum, element.parts[0]);
	}
	if (r == 0)
		r = nft_sum_end(&sum, rule->model, &condition);
	nft_sum_release(&sum);
	if (r < 0)
		return r;
	condition.negated = condition.kind != NAT_ON_UNKNOWN;
	condition.text =
		element_text(rule->model, keys->text, (struct nft_slice){ "*", 1 }, " ", "");
	return condition.text ? nft_cases_when(cases, &condition) : -ENOMEM;
}

static bool is_understood(enum nft_kind kind)
{
	return kind != NFT_UNKNOWN && kind != NFT_FAMILY && kind != NFT_CHANCE && kind != NFT_OWNER;
}

static int none_when(struct nft_rule *rule, const struct nft_keys *keys,
		     const struct nft_lookup *map, size_t count, struct nft_cases *cases)
{
	struct nft_words words = nft_elements(map->elements);
	struct nft_element element;
	int r = 0;

	if (keys->count != 1 || !is_understood(keys->keys[0].kind) || !nft_spend(rule, count) ||
	    (count > NEGATED_MAX && !nft_kind_unites(keys->keys[0].kind)))
		return unknown_when(rule, keys->text, (struct nft_slice){ "*", 1 }, cases);
	if (nft_kind_unites(keys->keys[0].kind))
		return none_united(rule, keys, map, cases);
	while (r == 0 && nft_element_next(&words, &element)) {
		if (!element.is_any)
			r = part_when(rule, &keys->keys[0], element.parts[0], true, cases);
	}
	return r;
}

static void decide(const struct nft_rule *rule, const struct nft_element *element,
		   enum nft_map_kind kind, struct nft_decision *decision)
{
	struct nft_slice parts[NFT_PARTS_MAX];
	struct nft_words data = element->data;
	unsigned int families = NAT_BOTH_FAMILIES;

	*decision = (struct nft_decision){ .verdict = NAT_UNKNOWN, .chain = NAT_NO_CHAIN };
	if (!element->has_data)
		return;
	if (kind == NFT_MAP_VERDICT) {
		if (!nft_verdict_take(rule, &data, decision))
			decision->verdict = NAT_UNKNOWN;
		return;
	}
	(void)nft_parts_read(&data, parts);
	nft_to_read(parts[0], kind == NFT_MAP_TO_PREFIX, decision, &families);
}

/* The rule with this element in place of all of them. */
static const char *case_text(const struct nft_rule *rule, const struct nft_keys *keys,
			     const struct nft_element *element, enum nft_map_kind kind)
{
	CLEANUP(buf_release) struct buf buf = BUF_INIT;

	buf_add(&buf, rule->text.data ? rule->text.data : "", rule->text.len);
	buf_putc(&buf, ' ');
	buf_add(&buf, rule->begin, (size_t)(keys->text.text - rule->begin) + keys->text.len);
	buf_puts(&buf, kind == NFT_MAP_VERDICT ? " vmap { " : " map { ");
	buf_add(&buf, element->text.text, element->text.len);
	buf_puts(&buf, " }");
	return buf.error ? NULL : nft_copy_text(rule->model, buf.data, buf.data + buf.len);
}

static int read_apart(struct nft_rule *rule, const struct nft_keys *keys,
		      const struct nft_lookup *map, size_t count, enum nft_map_kind kind,
		      struct nft_cases *cases)
{
	struct nft_words words = nft_elements(map->elements);
	struct nft_element element;
	int r = 0;

	while (r == 0 && nft_element_next(&words, &element)) {
		struct nft_case made = { .decides = true };

		decide(rule, &element, kind, &made.decision);
		made.text = case_text(rule, keys, &element, kind);
		r = made.text ? nft_cases_add(cases, &made) : -ENOMEM;
		if (r < 0)
			break;
		if (element.is_any)
			r = none_when(rule, keys, map, count, cases);
		else
			r = nft_element_when(rule, keys, &element, cases);
	}
	return r;
}

/* Where elements that lead to the same are united: the number of what they lead to. */
static size_t group_of(const struct nft_decision *decision)
{
	if (decision->verdict != NAT_JUMP && decision->verdict != NAT_GOTO)
		return decision->verdict;
	if (decision->chain == NAT_NO_CHAIN)
		return NAT_UNKNOWN;
	return NAT_UNKNOWN + 1 + 2 * (size_t)decision->chain + (decision->verdict == NAT_GOTO);
}

static int end_groups(struct nft_rule *rule, const struct nft_keys *keys, struct nft_sum *sums,
		      const struct nft_decision *decisions, size_t count, struct nft_cases *cases)
{
	const char *text =
		nft_copy_text(rule->model, keys->text.text, keys->text.text + keys->text.len);
	int r = text ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < count; i++) {
		struct nft_case made = { .decides = true, .decision = decisions[i] };
		struct nat_condition condition;

		if (sums[i].values == 0)
			continue;
		r = nft_cases_add(cases, &made);
		if (r == 0)
			r = nft_sum_end(&sums[i], rule->model, &condition);
		if (r < 0)
			break;
		condition.text = text;
		r = nft_cases_when(cases, &condition);
	}
	return r;
}

/* A large map of addresses: a case for all elements that lead to the same. */
static int read_grouped(struct nft_rule *rule, const struct nft_keys *keys,
			const struct nft_lookup *map, size_t count, struct nft_cases *cases)
{
	size_t groups = NAT_UNKNOWN + 1 + 2 * rule->table->chain_names.count;
	struct nft_sum *sums = calloc(groups, sizeof(*sums));
	struct nft_decision *decisions = calloc(groups, sizeof(*decisions));
	struct nft_words words = nft_elements(map->elements);
	struct nft_case any = { .decides = true };
	struct nft_element element;
	bool has_any = false;
	int r = sums && decisions ? 0 : -ENOMEM;

	while (r == 0 && nft_element_next(&words, &element)) {
		struct nft_decision decision;
		size_t group;

		decide(rule, &element, NFT_MAP_VERDICT, &decision);
		if (element.is_any) {
			has_any = true;
			any.decision = decision;
			continue;
		}
		group = group_of(&decision);
		if (sums[group].values == 0)
			nft_sum_begin(&sums[group], &keys->keys[0]);
		decisions[group] = decision;
		r = nft_sum_add(&sums[group], element.parts[0]);
	}
	if (r == 0)
		r = end_groups(rule, keys, sums, decisions, groups, cases);
	if (r == 0 && has_any)
		r = nft_cases_add(cases, &any);
	if (r == 0 && has_any)
		r = none_when(rule, keys, map, count, cases);
	for (size_t i = 0; sums && i < groups; i++)
		nft_sum_release(&sums[i]);
	free(sums);
	free(decisions);
	return r;
}

/* What is in it is not known, or too much. */
static void give_up(struct nft_rule *rule, enum nft_map_kind kind)
{
	rule->decision = (struct nft_decision){
		.verdict = kind == NFT_MAP_VERDICT ? NAT_UNKNOWN : NAT_SNAT,
		.chain = NAT_NO_CHAIN,
	};
}

static size_t count_elements(struct nft_slice elements)
{
	struct nft_words words = nft_elements(elements);
	struct nft_element element;
	size_t count = 0;

	while (nft_element_next(&words, &element))
		count++;
	return count;
}

size_t nft_lookup_count(const struct nft_lookup *lookup)
{
	if (!lookup->set)
		return count_elements(lookup->elements);
	if (!lookup->set->is_counted) {
		lookup->set->count = count_elements(lookup->elements);
		lookup->set->is_counted = true;
	}
	return lookup->set->count;
}

int nft_map_read(struct nft_rule *rule, struct nft_words *words, const struct nft_keys *keys,
		 enum nft_map_kind kind)
{
	CLEANUP(nft_cases_release) struct nft_cases cases = { 0 };
	struct nft_lookup map;
	size_t count;
	int r;

	rule->decided = true;
	give_up(rule, kind);
	if (!nft_lookup_take(rule, words, &map, &r))
		return 0;
	if (r == 0)
		r = nft_keys_need(rule, keys);
	if (r < 0 || !map.known)
		return r;
	count = nft_lookup_count(&map);
	if (!nft_rule_has_room(rule, count) || !nft_spend(rule, count))
		return 0;
	if (count > ELEMENTS_APART && kind == NFT_MAP_VERDICT && keys->count == 1 &&
	    keys->keys[0].kind == NFT_ADDRESS)
		r = read_grouped(rule, keys, &map, count, &cases);
	else
		r = read_apart(rule, keys, &map, count, kind, &cases);
	return r < 0 ? r : nft_rule_split(rule, &cases);
}
