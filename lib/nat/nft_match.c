/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_match.h"

#include <string.h>

#include "nat/nft_map.h"

/* How a key and a value are compared. */
struct relation {
	const char *sign;
	bool negated;
	/* An order, of which addresses and ports have one. */
	bool is_order;
	bool is_above;
	bool inclusive;
};

static const struct relation equal = { .sign = "==" };

static const struct relation *take_relation(struct nft_words *words)
{
	static const struct relation relations[] = {
		{ .sign = "!=", .negated = true },
		{ .sign = "<", .is_order = true },
		{ .sign = "<=", .is_order = true, .inclusive = true },
		{ .sign = ">", .is_order = true, .is_above = true },
		{ .sign = ">=", .is_order = true, .is_above = true, .inclusive = true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(relations); i++) {
		if (nft_take(words, relations[i].sign))
			return &relations[i];
	}
	(void)nft_take(words, equal.sign);
	return &equal;
}

static struct nft_slice up_to(const char *begin, const struct nft_words *words)
{
	return (struct nft_slice){ begin, (size_t)(words->before - begin) };
}

/* The rest of an expression that is not understood, up to the next one. Returns whether it was one
 * that sets something. */
static bool skip_rest(struct nft_words *words)
{
	bool first = true;

	for (; nft_is_any(words); first = false) {
		if (nft_take(words, "set")) {
			nft_skip_value(words);
			return true;
		}
		if (!first && (nft_starts(words) || nft_is(words, "comment")))
			return false;
		if (nft_is(words, "{") || nft_is(words, "("))
			(void)nft_skip_braces(words, NULL);
		else
			nft_next_within(words);
	}
	return false;
}

static int add_unknown(struct nft_rule *rule, struct nft_slice text)
{
	return nft_rule_unknown(rule, text.text, text.text + text.len);
}

/* Families are no condition of the model, but what its sets of addresses have. */
static int add_families(struct nft_rule *rule, const struct nft_sum *sum, bool negated,
			struct nft_slice text)
{
	if (sum->incomplete)
		return add_unknown(rule, text);
	return nft_rule_families(rule,
				 negated ? NAT_BOTH_FAMILIES & ~sum->families : sum->families);
}

/* The protocol that a positive condition says, where it is one. */
static void note_protocol(struct nft_rule *rule, const struct nat_condition *condition)
{
	if (condition->kind != NAT_ON_IP_PROTOCOL || condition->negated)
		return;
	for (int p = 0; p < 256; p++) {
		uint64_t only[4] = { 0 };

		only[p / 64] = UINT64_C(1) << p % 64;
		if (memcmp(only, condition->protocols, sizeof(only)) == 0)
			rule->protocol = p;
	}
}

static int add_sum(struct nft_rule *rule, struct nft_sum *sum, const struct relation *relation,
		   struct nft_slice text)
{
	struct nat_condition condition;
	int r;

	if (sum->key->kind == NFT_FAMILY)
		return add_families(rule, sum, relation->negated, text);
	r = nft_sum_end(sum, rule->model, &condition);
	if (r < 0)
		return r;
	/* What is compared with a socket or by chance does not matter, nor how. */
	condition.negated = relation->negated && condition.kind != NAT_ON_UNKNOWN &&
			    condition.kind != NAT_ON_SOCKET_OWNER &&
			    condition.kind != NAT_ON_STATISTIC;
	condition.text = nft_copy_text(rule->model, text.text, text.text + text.len);
	if (!condition.text)
		return -ENOMEM;
	note_protocol(rule, &condition);
	return nft_rule_when(rule, &condition);
}

/* Adds all elements to a sum. What holds more than a value makes it partial. */
static int sum_elements(struct nft_sum *sum, struct nft_slice elements, bool *partial)
{
	struct nft_words words = nft_elements(elements);
	struct nft_element element;
	int r = 0;

	while (r == 0 && nft_element_next(&words, &element)) {
		if (element.is_any || element.count != 1)
			sum->incomplete = true;
		else
			r = nft_sum_add(sum, element.parts[0]);
		*partial |= element.is_conditional;
	}
	return r;
}

/* The addresses of a named set are read once. */
static int match_named(struct nft_rule *rule, const struct nft_key *key,
		       const struct relation *relation, const struct nft_lookup *lookup,
		       struct nft_slice text)
{
	bool is_ipv6 = key->families == NAT_FAMILY(IPMASQ_IPV6);
	struct nat_condition condition = { .kind = key->on, .negated = relation->negated };
	struct nat_set **known = &lookup->set->addresses[is_ipv6];
	struct nft_sum sum;
	bool partial = false;
	int r = 0;

	nft_sum_begin(&sum, key);
	if (!*known) {
		r = sum_elements(&sum, lookup->elements, &partial);
		sum.incomplete |= !lookup->known;
		if (r == 0)
			r = nft_sum_end(&sum, rule->model, &condition);
		if (r == 0) {
			*known = sum.set;
			(*known)->partial = partial;
			(*known)->name = strndup(lookup->name.text, lookup->name.len);
			r = (*known)->name ? 0 : -ENOMEM;
		}
	}
	nft_sum_release(&sum);
	condition.set = *known;
	condition.negated = relation->negated;
	condition.text = r == 0 ? nft_copy_text(rule->model, text.text, text.text + text.len)
				: NULL;
	return condition.text ? nft_rule_when(rule, &condition) : -ENOMEM;
}

static int match_united(struct nft_rule *rule, const struct nft_key *key,
			const struct relation *relation, const struct nft_lookup *lookup,
			struct nft_slice text)
{
	struct nft_sum sum;
	bool partial = false;
	int r;

	nft_sum_begin(&sum, key);
	r = sum_elements(&sum, lookup->elements, &partial);
	sum.incomplete |= partial || !lookup->known;
	if (r == 0)
		r = add_sum(rule, &sum, relation, text);
	nft_sum_release(&sum);
	return r;
}

/* Each element of a set of interfaces, marks or concatenations is a case of its own; if none of
 * them is to hold, a condition of its own. */
static int match_apart(struct nft_rule *rule, const struct nft_keys *keys, bool negated,
		       const struct nft_lookup *lookup)
{
	CLEANUP(nft_cases_release) struct nft_cases cases = { 0 };
	struct nft_words words = nft_elements(lookup->elements);
	struct nft_case one = { .decides = false };
	struct nft_element element;
	int r = 0;

	while (r == 0 && nft_element_next(&words, &element)) {
		if (cases.count == 0 || !negated)
			r = nft_cases_add(&cases, &one);
		if (r == 0)
			r = nft_element_when(rule, keys, &element, &cases);
	}
	if (r < 0 || !negated)
		return r < 0 ? r : nft_rule_split(rule, &cases);
	for (size_t i = 0; r == 0 && i < cases.condition_count; i++) {
		cases.conditions[i].negated = cases.conditions[i].kind != NAT_ON_UNKNOWN;
		r = nft_rule_when(rule, &cases.conditions[i]);
	}
	return r;
}

/* Whether each element can be a case. */
static bool may_be_apart(const struct nft_rule *rule, const struct nft_keys *keys, bool negated,
			 const struct nft_lookup *lookup, size_t count)
{
	struct nft_words words = nft_elements(lookup->elements);
	struct nft_element element;

	if (!lookup->known || count > NFT_CASES_MAX ||
	    (negated ? keys->count > 1 : !nft_rule_has_room(rule, count)))
		return false;
	while (nft_element_next(&words, &element)) {
		if (element.is_any)
			return false;
	}
	return true;
}

static bool is_cached(const struct nft_key *key, const struct nft_lookup *lookup)
{
	return lookup->set && key->kind == NFT_ADDRESS && key->bits == 0 && key->mask.len == 0;
}

static int match_set(struct nft_rule *rule, const struct nft_keys *keys,
		     const struct relation *relation, const struct nft_lookup *lookup,
		     struct nft_slice text)
{
	const struct nft_key *key = &keys->keys[0];
	bool is_single = keys->count == 1;
	bool is_known = is_single && is_cached(key, lookup) &&
			lookup->set->addresses[key->families == NAT_FAMILY(IPMASQ_IPV6)];
	size_t count;

	if (relation->is_order)
		return add_unknown(rule, text);
	if (is_known)
		return match_named(rule, key, relation, lookup, text);
	count = nft_lookup_count(lookup);
	if (!nft_spend(rule, count))
		return add_unknown(rule, text);
	if (is_single && is_cached(key, lookup))
		return match_named(rule, key, relation, lookup, text);
	if (is_single && nft_kind_unites(key->kind))
		return match_united(rule, key, relation, lookup, text);
	if (may_be_apart(rule, keys, relation->negated, lookup, count))
		return match_apart(rule, keys, relation->negated, lookup);
	return add_unknown(rule, text);
}

/* `a . b VALUE . VALUE`. */
static int match_parts(struct nft_rule *rule, const struct nft_keys *keys,
		       const struct relation *relation, struct nft_words *words, const char *begin)
{
	CLEANUP(nft_cases_release) struct nft_cases cases = { 0 };
	struct nft_element element = { .count = 0 };
	struct nft_case one = { .decides = false };
	int r;

	do {
		if (element.count < NFT_PARTS_MAX)
			element.parts[element.count++] = words->word;
		if (nft_is_any(words))
			nft_next_within(words);
	} while (nft_take(words, "."));
	element.text = up_to(begin, words);
	if (relation->negated || relation->is_order)
		return add_unknown(rule, element.text);
	r = nft_cases_add(&cases, &one);
	if (r == 0)
		r = nft_element_when(rule, keys, &element, &cases);
	for (size_t i = 0; r == 0 && i < cases.condition_count; i++)
		r = nft_rule_when(rule, &cases.conditions[i]);
	return r;
}

/* One value, or for states a list of them. */
static int match_value(struct nft_rule *rule, const struct nft_key *key,
		       const struct relation *relation, struct nft_words *words, const char *begin)
{
	struct nft_sum sum;
	int r = 0;

	nft_sum_begin(&sum, key);
	do {
		if (relation->is_order)
			r = nft_sum_add_from(&sum, words->word, relation->is_above,
					     relation->inclusive);
		else
			r = nft_sum_add(&sum, words->word);
		if (nft_is_any(words))
			nft_next_within(words);
	} while (r == 0 && nft_take(words, ","));
	/* Several bits are all to be there with `==`, and a mask needs its operands: both are left
	 * to whoever reads the words. */
	if (nft_is(words, "|") || nft_is(words, "/")) {
		(void)skip_rest(words);
		sum.incomplete = true;
	}
	if (sum.values > 1 && !nft_kind_unites(key->kind))
		sum.incomplete = true;
	if (r == 0)
		r = add_sum(rule, &sum, relation, up_to(begin, words));
	nft_sum_release(&sum);
	return r;
}

/* What is set matters only where it is an address: that rewrites it in every packet. */
static void read_set(struct nft_rule *rule, const struct nft_keys *keys, struct nft_words *words)
{
	nft_skip_value(words);
	if (keys->keys[0].kind != NFT_ADDRESS)
		return;
	rule->decision.verdict = NAT_UNKNOWN;
	rule->decided = true;
}

static int match_unknown(struct nft_rule *rule, struct nft_words *words, const char *begin)
{
	return skip_rest(words) ? 0 : add_unknown(rule, up_to(begin, words));
}

int nft_match_read(struct nft_rule *rule, struct nft_words *words)
{
	const char *begin = words->begin;
	const struct relation *relation;
	struct nft_lookup lookup;
	struct nft_keys keys;
	int r;

	nft_keys_read(rule, words, &keys);
	if (nft_take(words, "set")) {
		read_set(rule, &keys, words);
		return 0;
	}
	if (nft_take(words, "vmap"))
		return nft_map_read(rule, words, &keys, NFT_MAP_VERDICT);
	r = nft_keys_need(rule, &keys);
	if (r < 0)
		return r;
	relation = take_relation(words);
	if (nft_lookup_take(rule, words, &lookup, &r))
		return r < 0 ? r : match_set(rule, &keys, relation, &lookup, up_to(begin, words));
	if (keys.count > 1)
		return match_parts(rule, &keys, relation, words, begin);
	if (keys.keys[0].kind == NFT_UNKNOWN)
		return match_unknown(rule, words, begin);
	return match_value(rule, &keys.keys[0], relation, words, begin);
}
