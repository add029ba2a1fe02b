/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the ruleset of a set of pods: the first chain, then the chains of each network, then the
 * tree of sources, where it takes one.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/chain_index.h"
#include "rules/chain_name.h"
#include "rules/compile.h"
#include "rules/layout_pods.h"
#include "rules/layout_tree.h"
#include "rules/pod_set.h"
#include "util/hash.h"

/* How many digits tell the chains of a network apart. */
#define PART_LEN 7

struct build {
	struct pod_set *set;
	const struct pod_form *form;
	struct ipmasq_ruleset *made;
	/* Of what was made. */
	struct chain_index names;
	char prefix[CHAIN_PREFIX_MAX];
	size_t prefix_len;
};

static uint64_t mix(uint64_t hash)
{
	hash = (hash ^ hash >> 32) * 0xbf58476d1ce4e5b9u;
	return hash ^ hash >> 29;
}

static bool is_key_taken(const struct pod_set *set, const struct pod_network *network)
{
	for (size_t i = 0; i < set->network_count; i++)
		if (&set->networks[i] != network && strcmp(set->networks[i].key, network->key) == 0)
			return true;
	return false;
}

/* Of a network that has no chains yet. */
static void choose_key(const struct pod_set *set, struct pod_network *network)
{
	uint64_t hash = hash_bytes(HASH_START, network->name, network->name_len);

	network->key[0] = 'n';
	do {
		chain_put_digits(mix(hash), network->key + 1, POD_KEY_LEN - 1);
		hash = hash_byte(hash, '+');
	} while (is_key_taken(set, network));
}

/* @part: at most PART_LEN bytes. */
static void chain_name_of(const struct build *b, const struct pod_network *network,
			  const char *part, char name[CHAIN_NAME_MAX + 1])
{
	size_t len = b->prefix_len;

	memcpy(name, b->prefix, len);
	name[len++] = b->form->generation;
	memcpy(name + len, network->key, POD_KEY_LEN);
	strcpy(name + len + POD_KEY_LEN, part);
}

static int add_chain(struct build *b, const char *name, uint32_t *index)
{
	int r = ruleset_add_chain(b->made, name, strlen(name), index);

	return r < 0 ? r : chain_index_update(&b->names, b->made);
}

/* Adds one for chain number @index of a policy's ruleset, whose name says which region it has. */
static int add_policy_chain(struct build *b, const struct pod_network *network,
			    const struct ipmasq_ruleset *from, size_t index)
{
	char prefix[CHAIN_PREFIX_MAX];
	size_t skip = chain_prefix(from->policy->chain, prefix) + 1;
	char part[PART_LEN + 1] = "";
	char name[CHAIN_NAME_MAX + 1];
	uint64_t hash = index ? hash_text(HASH_START, from->chains[index].name + skip) : 0;
	uint32_t at;

	for (;; hash = hash_byte(hash, '+')) {
		if (index)
			chain_put_digits(mix(hash), part, PART_LEN);
		chain_name_of(b, network, part, name);
		if (chain_index_find(&b->names, b->made, name) == CHAIN_NONE)
			return add_chain(b, name, &at);
	}
}

/* The list that a rule comes from, as its comment. */
static int label_entry(struct build *b, const struct ipmasq_ruleset *from, struct rule *rule)
{
	const struct ipmasq_entry *entry = rule_entry(from, rule);
	const char *name = entry ? ipmasq_origin_name(entry->origin) : NULL;

	rule->entry = RULE_NO_ENTRY;
	if (!name || from->layout != IPMASQ_LAYOUT_LINEAR || from->nftables)
		return 0;
	return ruleset_add_label(b->made, name, strlen(name), &rule->entry);
}

static int add_rules(struct build *b, const struct ipmasq_ruleset *from, size_t index,
		     uint32_t first)
{
	const struct chain *chain = &from->chains[index];
	int r = 0;

	for (size_t i = 0; i < chain->count && r == 0; i++) {
		struct rule rule = chain->rules[i];

		if (rule.target == TARGET_GOTO)
			rule.chain += first;
		r = label_entry(b, from, &rule);
		if (r == 0)
			r = chain_add_rule(&b->made->chains[first + index], &rule);
	}
	return r;
}

static int add_policy(struct build *b, struct pod_network *network)
{
	struct ipmasq_ruleset *from = NULL;
	int r = ruleset_build_below(network->policy, b->made->family, b->form->flags,
				    GENERATION_FIRST, SOURCE_LEVELS_MAX, &from);

	if (r < 0)
		return r;
	network->random_fully = from->random_fully;
	network->count = network->empty ? 1 : (uint32_t)from->count;
	for (size_t i = 0; i < network->count && r == 0; i++)
		r = add_policy_chain(b, network, from, i);
	for (size_t i = 0; i < network->count && r == 0 && !network->empty; i++)
		r = add_rules(b, from, i, network->first);
	ipmasq_ruleset_free(from);
	return r;
}

/* Lists a chain that was read, and then all that it leads to; their places in what is made begin
 * with @next. Returns how many they are. @order and @places have room for all. */
static uint32_t list_reached(const struct ipmasq_ruleset *read, uint32_t first, uint32_t next,
			     uint32_t *order, uint32_t *places)
{
	uint32_t count = 0;

	order[count] = first;
	places[first] = next + count++;
	for (uint32_t at = 0; at < count; at++) {
		const struct chain *chain = &read->chains[order[at]];

		for (size_t i = 0; i < chain->count; i++) {
			uint32_t to = chain->rules[i].chain;

			if (chain->rules[i].target != TARGET_GOTO || places[to] != CHAIN_NONE)
				continue;
			order[count] = to;
			places[to] = next + count++;
		}
	}
	return count;
}

/* Names of a tree stay; the letter of the generation is that of the form. */
static int take_chain(struct build *b, const struct pod_network *network, const struct chain *chain)
{
	char name[CHAIN_NAME_MAX + 1];
	uint32_t index;
	bool shaped = strlen(chain->name) >= b->prefix_len + 1 + POD_KEY_LEN;
	int r;

	chain_name_of(b, network, "", name);
	if (shaped)
		strcpy(name + b->prefix_len + 1, chain->name + b->prefix_len + 1);
	r = add_chain(b, name, &index);
	if (r == 0)
		b->made->chains[index].kept = strcmp(name, chain->name) == 0;
	return r;
}

static int take_rules(const struct chain *chain, struct chain *to, const uint32_t *places)
{
	int r = 0;

	for (size_t i = 0; i < chain->count && r == 0; i++) {
		struct rule rule = chain->rules[i];

		if (rule_is_odd(&rule) && !to->kept)
			return -EPROTO;
		rule.entry = RULE_NO_ENTRY;
		if (rule.target == TARGET_GOTO)
			rule.chain = places[rule.chain];
		r = chain_add_rule(to, &rule);
	}
	return r;
}

static int take_over_to(struct build *b, struct pod_network *network, uint32_t *order,
			uint32_t *places, uint32_t *odd)
{
	const struct ipmasq_ruleset *read = b->set->read;
	int r = 0;

	memset(places, 0xff, read->count * sizeof(*places));
	/* A way back to the first chain is a circle, and stays one. */
	places[0] = 0;
	network->count = list_reached(read, network->seen, network->first, order, places);
	for (uint32_t i = 0; i < network->count && r == 0; i++)
		r = take_chain(b, network, &read->chains[order[i]]);
	for (uint32_t i = 0; i < network->count && r == 0; i++) {
		r = take_rules(&read->chains[order[i]], &b->made->chains[network->first + i],
			       places);
		if (r == -EPROTO)
			*odd = order[i];
	}
	return r;
}

static int take_over(struct build *b, struct pod_network *network, uint32_t *odd)
{
	uint32_t *order = malloc(b->set->read->count * sizeof(*order));
	uint32_t *places = malloc(b->set->read->count * sizeof(*places));
	int r = order && places ? take_over_to(b, network, order, places, odd) : -ENOMEM;

	free(order);
	free(places);
	return r;
}

static int add_network(struct build *b, struct pod_network *network, uint32_t *odd)
{
	network->first = (uint32_t)b->made->count;
	if (!*network->key)
		choose_key(b->set, network);
	return network->policy ? add_policy(b, network) : take_over(b, network, odd);
}

static bool has_pods(const struct pod_set *set, size_t network)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->pods[i].network == network)
			return true;
	return false;
}

static struct prefix source_of(const struct build *b, const struct pod *pod)
{
	return (struct prefix){ .family = (uint8_t)b->made->family,
				.addr = pod->address,
				.len = (uint8_t)family_bits(b->made->family) };
}

/* The elements of one verdict map. */
static int add_elements(struct build *b, const struct pod_source *sources)
{
	int r = 0;

	for (size_t i = 0; i < b->set->count && r == 0; i++) {
		struct rule rule = rule_any(b->made->family);

		rule.src = sources[i].prefix;
		rule.in_map = true;
		rule.target = TARGET_GOTO;
		rule.chain = sources[i].chain;
		rule.entry = sources[i].label;
		r = chain_add_rule(&b->made->chains[0], &rule);
	}
	return r;
}

static int add_sources(struct build *b)
{
	const struct pod_set *set = b->set;
	struct pod_source *sources = calloc(set->count, sizeof(*sources));
	int r = sources ? 0 : -ENOMEM;

	for (size_t i = 0; i < set->count && r == 0; i++) {
		const struct pod *pod = &set->pods[i];

		sources[i].prefix = source_of(b, pod);
		sources[i].chain = set->networks[pod->network].first;
		r = ruleset_add_label(b->made, pod->label, strlen(pod->label), &sources[i].label);
	}
	if (r == 0)
		r = b->made->nftables ? add_elements(b, sources)
				      : layout_pods(b->made, sources, set->count, set->read);
	free(sources);
	return r;
}

static int build_all(struct build *b, uint32_t *odd)
{
	uint32_t index;
	int r = add_chain(b, b->form->first, &index);

	for (size_t i = 0; i < b->set->network_count && r == 0; i++)
		if (has_pods(b->set, i))
			r = add_network(b, &b->set->networks[i], odd);
	return r < 0 ? r : add_sources(b);
}

int pod_set_build(struct pod_set *set, const struct pod_form *form, struct ipmasq_ruleset **ruleset,
		  uint32_t *odd)
{
	struct build b = { .set = set, .form = form };
	int r = ruleset_new_empty(set->read->family, &b.made);

	if (r < 0)
		return r;
	b.prefix_len = chain_prefix(set->root, b.prefix);
	b.made->nftables = form->flags & IPMASQ_NFTABLES;
	b.made->layout = b.made->nftables ? IPMASQ_LAYOUT_MAPS : IPMASQ_LAYOUT_TREE;
	b.made->generation = form->generation;
	r = build_all(&b, odd);
	chain_index_release(&b.names);
	if (r < 0) {
		ipmasq_ruleset_free(b.made);
		return r;
	}
	*ruleset = b.made;
	return 0;
}

int pod_set_part(const struct pod_network *network, const struct ipmasq_ruleset *ruleset,
		 struct ipmasq_ruleset **part)
{
	struct ipmasq_ruleset *made;
	uint32_t index;
	int r = ruleset_new_empty(ruleset->family, &made);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < network->count && r == 0; i++) {
		const struct chain *chain = &ruleset->chains[network->first + i];

		r = ruleset_add_chain(made, chain->name, strlen(chain->name), &index);
		for (size_t j = 0; j < chain->count && r == 0; j++) {
			struct rule rule = chain->rules[j];

			rule.entry = RULE_NO_ENTRY;
			if (rule.target == TARGET_GOTO) {
				bool inside = rule.chain >= network->first &&
					      rule.chain - network->first < network->count;

				rule.chain = inside ? rule.chain - network->first : 0;
				rule.target = inside ? TARGET_GOTO : TARGET_OTHER;
			}
			r = chain_add_rule(&made->chains[i], &rule);
		}
	}
	if (r < 0) {
		ipmasq_ruleset_free(made);
		return r;
	}
	*part = made;
	return 0;
}
