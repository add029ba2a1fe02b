/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the rules and the elements of the generation that is in force. In the model a look-up in a
 * map is a run of rules, so the maps are read first: their elements then stand in for the rule that
 * looks them up.
 */
#include "node/kernel/native_contents.h"

#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/kernel/nft_rule.h"
#include "rules/chain_index.h"
#include "rules/nft_form.h"
#include "rules/pod_label.h"
#include "util/common.h"
#include "util/sort.h"

/* The type of data that a map has whose elements are verdicts. */
#define VERDICT_TYPE 0xffffff00u

/* Where an element leads. */
struct map_value {
	/* CHAIN_NONE: RETURN. */
	uint32_t chain;
	/* Of the table's rules, or RULE_NO_ENTRY. */
	uint32_t label;
};

struct map {
	char *name;
	uint32_t key_len;
	/* Its look-ups find what the elements say. */
	bool known;
	/* The value of each is the place among the values. */
	struct sort_key *elements;
	size_t count;
	size_t capacity;
	struct map_value *values;
	size_t value_capacity;
	/* How many lead to a chain. */
	size_t gotos;
};

struct contents {
	struct native_table *table;
	const char *root;
	enum ipmasq_family family;
	struct chain_index index;
	/* In the order of their names. */
	struct map *maps;
	size_t map_count;
	size_t map_capacity;
	/* The one whose elements are read, and the chain whose rules are. */
	struct map *map;
	uint32_t chain;
	/* Of the last rule. */
	char last[NATIVE_NAME_MAX];
};

/* Maps of rules that `nft -f' made have no name that the user gave. */
static bool is_of_interest(const struct contents *c, const char *name, uint32_t flags)
{
	char generation;

	return flags & NFT_SET_ANONYMOUS || (native_map_is_ours(name, c->root, &generation) &&
					     generation == c->table->generation);
}

static int take_map(void *context, const struct nlmsghdr *message)
{
	const uint32_t usual = NFT_SET_MAP | NFT_SET_ANONYMOUS | NFT_SET_CONSTANT;
	struct contents *c = context;
	const char *in = native_text(message, NFTA_SET_TABLE);
	const char *name = native_text(message, NFTA_SET_NAME);
	struct map map = { .known = true };
	uint32_t flags = 0;
	uint32_t type = 0;

	if (!in || !name)
		return -EPROTO;
	/* Without flags the attribute is left out. */
	if (native_attr(message, NFTA_SET_FLAGS) &&
	    !nft_number_of(native_attr(message, NFTA_SET_FLAGS), &flags))
		return -EPROTO;
	if (strcmp(in, NFT_TABLE) != 0 || !is_of_interest(c, name, flags))
		return 0;
	if (!nft_number_of(native_attr(message, NFTA_SET_KEY_LEN), &map.key_len))
		return -EPROTO;
	if ((flags & ~usual) || !(flags & NFT_SET_MAP) ||
	    !nft_number_of(native_attr(message, NFTA_SET_DATA_TYPE), &type) ||
	    type != VERDICT_TYPE || map.key_len > 16)
		map.known = false;
	if (array_grow(&c->maps, &c->map_capacity, c->map_count, sizeof(*c->maps)) < 0)
		return -ENOMEM;
	map.name = strdup(name);
	if (!map.name)
		return -ENOMEM;
	c->maps[c->map_count++] = map;
	return 0;
}

static int compare_maps(const void *a, const void *b)
{
	return strcmp(((const struct map *)a)->name, ((const struct map *)b)->name);
}

static struct map *find_map(const struct contents *c, char *name)
{
	const struct map key = { .name = name };

	return array_find(&key, c->maps, c->map_count, sizeof(*c->maps), compare_maps);
}

static uint32_t find_chain(const struct contents *c, const char *name)
{
	char chain[CHAIN_NAME_MAX + 1];

	return nft_name_read(name, chain) ? chain_index_find(&c->index, c->table->rules, chain)
					  : CHAIN_NONE;
}

/* What an element has. */
struct parts {
	const struct nlattr *key;
	const struct nlattr *data;
	const struct nlattr *userdata;
	/* It expires, or has an expression: somebody else made it. */
	bool odd;
};

static struct parts parts_of(const struct nlattr *element)
{
	const struct nlattr *attr = NULL;
	struct parts parts = { .odd = false };
	uint32_t flags;

	while ((attr = nft_attr_next(element, attr))) {
		switch (nft_attr_type(attr)) {
		case NFTA_SET_ELEM_KEY:
			parts.key = attr;
			break;
		case NFTA_SET_ELEM_DATA:
			parts.data = attr;
			break;
		case NFTA_SET_ELEM_USERDATA:
			parts.userdata = attr;
			break;
		case NFTA_SET_ELEM_TIMEOUT:
		case NFTA_SET_ELEM_EXPIRATION:
		case NFTA_SET_ELEM_EXPR:
		case NFTA_SET_ELEM_EXPRESSIONS:
		case NFTA_SET_ELEM_KEY_END:
			parts.odd = true;
			break;
		case NFTA_SET_ELEM_FLAGS:
			parts.odd |= !nft_number_of(attr, &flags) || flags != 0;
			break;
		default:
			break;
		}
	}
	return parts;
}

static enum native_sight read_element(struct contents *c, const struct parts *parts,
				      struct addr *address, uint32_t *to)
{
	const struct nlattr *value = nft_find(parts->key, NFTA_DATA_VALUE);
	enum native_sight sight;
	uint8_t bytes[16] = { 0 };
	const char *chain;

	if (parts->odd)
		return NATIVE_DIFFERS;
	sight = native_read_verdict(parts->data, &chain);
	if (sight != NATIVE_KNOWN)
		return sight;
	if (!value || mnl_attr_get_payload_len(value) != c->map->key_len)
		return NATIVE_UNCLEAR;
	memcpy(bytes, mnl_attr_get_payload(value), c->map->key_len);
	*address = addr_from_bytes(c->family, bytes);
	*to = chain ? find_chain(c, chain) : CHAIN_NONE;
	return chain && *to == CHAIN_NONE ? NATIVE_DIFFERS : NATIVE_KNOWN;
}

/* Reads the comment of an element, where it is a pod's. */
static int read_label(struct contents *c, const struct nlattr *attr, uint32_t *index)
{
	const uint8_t *data = attr ? mnl_attr_get_payload(attr) : NULL;
	size_t left = attr ? mnl_attr_get_payload_len(attr) : 0;
	struct pod_label label;
	const char *text;
	size_t len;

	if (left < 2 || data[0] != 0 || left - 2 < data[1])
		return 0;
	text = (const char *)data + 2;
	len = strnlen(text, data[1]);
	return pod_label_read(text, len, &label)
		       ? ruleset_add_label(c->table->rules, text, len, index)
		       : 0;
}

static int add_value(struct contents *c, const struct nlattr *userdata, struct addr address,
		     uint32_t chain)
{
	struct map *map = c->map;
	struct map_value value = { .chain = chain, .label = RULE_NO_ENTRY };
	int r = array_grow(&map->elements, &map->capacity, map->count, sizeof(*map->elements));

	if (r == 0)
		r = array_grow(&map->values, &map->value_capacity, map->count,
			       sizeof(*map->values));
	if (r == 0)
		r = read_label(c, userdata, &value.label);
	if (r < 0)
		return r;
	map->elements[map->count] =
		(struct sort_key){ .addr = address, .value = (uint32_t)map->count };
	map->values[map->count++] = value;
	map->gotos += chain != CHAIN_NONE;
	return 0;
}

static int take_elements(void *context, const struct nlmsghdr *message)
{
	const struct nlattr *list = native_attr(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	struct contents *c = context;
	const struct nlattr *element = NULL;
	struct map *map = c->map;

	if (!list)
		return 0;
	while ((element = nft_attr_next(list, element))) {
		const struct parts parts = parts_of(element);
		struct addr address;
		uint32_t chain;
		enum native_sight sight = read_element(c, &parts, &address, &chain);

		if (sight != NATIVE_KNOWN) {
			native_odd(c->table, sight, "an element of map", map->name);
			map->known = false;
			continue;
		}
		if (add_value(c, parts.userdata, address, chain) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_elements(struct native_socket *socket, struct contents *c, struct map *map)
{
	struct nlmsghdr *question = native_question(socket, NFT_MSG_GETSETELEM, NLM_F_DUMP);
	int r;

	c->map = map;
	mnl_attr_put_strz(question, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	mnl_attr_put_strz(question, NFTA_SET_ELEM_LIST_SET, map->name);
	r = native_ask(socket, take_elements, c);
	return r < 0 ? r : sort_keys(map->elements, map->count);
}

/* The rest of the key must be 0, as the look-up masks it. */
static bool is_within(const struct sort_key *key, unsigned int bits)
{
	struct addr mask = addr_mask(bits);

	return !(key->addr.hi & ~mask.hi) && !(key->addr.lo & ~mask.lo);
}

static int add_element(struct contents *c, const struct native_lookup *lookup,
		       const struct map *map, const struct sort_key *key)
{
	const struct map_value *value = &map->values[key->value];
	struct rule rule = rule_any(c->family);
	struct prefix *prefix = lookup->by_source ? &rule.src : &rule.dst;

	prefix->addr = key->addr;
	prefix->len = lookup->bits;
	rule.in_map = true;
	rule.entry = value->label;
	if (value->chain != CHAIN_NONE) {
		rule.target = TARGET_GOTO;
		rule.chain = value->chain;
	}
	return chain_add_rule(&c->table->rules->chains[c->chain], &rule);
}

/* What the model cannot hold. */
static int add_odd(struct contents *c, enum native_sight sight)
{
	struct chain *chain = &c->table->rules->chains[c->chain];
	struct rule rule = rule_any(c->family);

	native_odd(c->table, sight, "a rule of chain", chain->name);
	rule.opaque = true;
	rule.target = TARGET_OTHER;
	return chain_add_rule(chain, &rule);
}

static int add_lookup(struct contents *c, const struct native_rule *native)
{
	const struct native_lookup *lookup = &native->lookup;
	char name[NATIVE_NAME_MAX];
	struct rule plain = rule_any(c->family);
	struct map *map;
	int r = 0;

	strncpy(name, lookup->map, sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	map = find_map(c, name);
	if (!map || !map->known || map->key_len != lookup->key_len ||
	    !rule_equal(&native->rule, &plain))
		return add_odd(c, NATIVE_DIFFERS);
	if (map->count == 0) {
		native_odd(c->table, NATIVE_DIFFERS, "empty map", map->name);
		return add_odd(c, NATIVE_DIFFERS);
	}
	for (size_t i = 0; i < map->count; i++)
		if (!is_within(&map->elements[i], lookup->bits))
			return add_odd(c, NATIVE_DIFFERS);
	for (size_t i = 0; i < map->count && r == 0; i++)
		r = add_element(c, lookup, map, &map->elements[i]);
	return r;
}

static int take_rule(void *context, const struct nlmsghdr *message)
{
	struct contents *c = context;
	struct native_rule native;
	enum native_sight sight =
		native_rule_read(c->family, native_attr(message, NFTA_RULE_EXPRESSIONS), &native);

	if (sight != NATIVE_KNOWN || native.rule.not_local)
		return add_odd(c, sight == NATIVE_KNOWN ? NATIVE_DIFFERS : sight);
	if (native.lookup.map)
		return add_lookup(c, &native);
	if (native.chain) {
		native.rule.chain = find_chain(c, native.chain);
		if (native.rule.chain == CHAIN_NONE)
			return add_odd(c, NATIVE_DIFFERS);
	}
	return chain_add_rule(&c->table->rules->chains[c->chain], &native.rule);
}

/* Rules of others, and of other generations, are in the answer too. */
static int take_any_rule(void *context, const struct nlmsghdr *message)
{
	const char *name = native_text(message, NFTA_RULE_CHAIN);
	struct contents *c = context;

	if (!name)
		return -EPROTO;
	/* Those of a chain stand together. */
	if (strcmp(name, c->last) != 0) {
		snprintf(c->last, sizeof(c->last), "%s", name);
		c->chain = find_chain(c, name);
	}
	return c->chain == CHAIN_NONE ? 0 : take_rule(context, message);
}

static int read_all_rules(struct native_socket *socket, struct contents *c)
{
	mnl_attr_put_strz(native_question(socket, NFT_MSG_GETRULE, NLM_F_DUMP), NFTA_RULE_TABLE,
			  NFT_TABLE);
	return native_ask(socket, take_any_rule, c);
}

/* A question costs about as much as so many steps of the kernel from a rule to the next, and a
 * datagram has about so many rules. */
#define QUESTION_STEPS 4000
#define DATAGRAM_RULES 100

/*
 * Whether it is less work to ask for all rules of the table than chain by chain: for each datagram
 * of an answer the kernel walks from the start of what it was asked for.
 */
static bool is_all_less(const struct contents *c)
{
	uint64_t rules = c->table->uses;

	for (size_t i = 0; i < c->map_count; i++)
		rules -= c->maps[i].gotos < rules ? c->maps[i].gotos : rules;
	return rules / DATAGRAM_RULES * rules / 2 < c->table->rules->count * QUESTION_STEPS;
}

static int read_chain_rules(struct native_socket *socket, struct contents *c, uint32_t chain)
{
	struct nlmsghdr *question = native_question(socket, NFT_MSG_GETRULE, NLM_F_DUMP);
	char name[NFT_NAME_MAX + 1];

	c->chain = chain;
	nft_name(c->table->rules->chains[chain].name, name);
	mnl_attr_put_strz(question, NFTA_RULE_TABLE, NFT_TABLE);
	mnl_attr_put_strz(question, NFTA_RULE_CHAIN, name);
	return native_ask(socket, take_rule, c);
}

static int read_rules(struct native_socket *socket, struct contents *c)
{
	int r = 0;

	if (is_all_less(c))
		return read_all_rules(socket, c);
	for (uint32_t i = 0; i < c->table->rules->count && r == 0; i++)
		r = read_chain_rules(socket, c, i);
	return r;
}

/* The first chain is there. */
static int add_chains(struct contents *c)
{
	struct native_table *table = c->table;
	const char *name = table->chains.text.data;
	char first[NFT_NAME_MAX + 1];
	int r = 0;

	nft_name(table->rules->chains[0].name, first);
	for (size_t i = 0; i < table->chains.count && r == 0; i++, name += strlen(name) + 1) {
		char chain[CHAIN_NAME_MAX + 1];
		char generation;
		uint32_t index;

		if (strcmp(name, first) == 0 || !native_chain_is_ours(name, c->root, &generation) ||
		    generation != table->generation || !nft_name_read(name, chain))
			continue;
		r = ruleset_add_chain(table->rules, chain, strlen(chain), &index);
	}
	return r < 0 ? r : chain_index_update(&c->index, table->rules);
}

static int read_maps(struct native_socket *socket, struct contents *c)
{
	int r;

	mnl_attr_put_strz(native_question(socket, NFT_MSG_GETSET, NLM_F_DUMP), NFTA_SET_TABLE,
			  NFT_TABLE);
	r = native_ask(socket, take_map, c);
	if (r < 0 || c->map_count == 0)
		return r;
	array_sort(c->maps, c->map_count, sizeof(*c->maps), compare_maps);
	for (size_t i = 0; i < c->map_count && r == 0; i++)
		if (c->maps[i].known)
			r = read_elements(socket, c, &c->maps[i]);
	return r;
}

int native_contents_read(struct native_socket *socket, const char *root, struct native_table *table)
{
	struct contents c = { .table = table, .root = root, .family = socket->family };
	int r = add_chains(&c);

	if (r == 0)
		r = read_maps(socket, &c);
	if (r == 0)
		r = read_rules(socket, &c);
	for (size_t i = 0; i < c.map_count; i++) {
		free(c.maps[i].name);
		free(c.maps[i].elements);
		free(c.maps[i].values);
	}
	free(c.maps);
	chain_index_release(&c.index);
	/* What was listed is gone meanwhile. */
	return r == -ENOENT ? NATIVE_STALE : r;
}
