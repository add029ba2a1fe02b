/* SPDX-License-Identifier: Apache-2.0 */
/* Loads a ruleset beside the one in force. */
#include "node/kernel/native_load.h"

#include <arpa/inet.h>

#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "node/kernel/native_table.h"
#include "rules/nft_form.h"

/* What `nft list' calls the keys of maps; the kernel keeps these numbers and does not use them. */
enum { NFT_TYPE_INTEGER = 4, NFT_TYPE_IPV4 = 7, NFT_TYPE_IPV6 = 8 };

/* The type of data that a map has whose elements are verdicts. */
#define VERDICT_TYPE 0xffffff00u

/* How much a message has of elements, each of which may need so many bytes. */
#define ELEMENTS_MAX	  (NATIVE_MESSAGE_MAX - 1024)
#define ELEMENT_BYTES_MAX 480

int native_commit(struct native_batch *batch)
{
	int r = native_batch_commit(batch);

	return r == -ENOENT || r == -EEXIST ? NATIVE_STALE : r;
}

struct nlmsghdr *native_start(struct native_batch *batch, int type, int flags, uint16_t attr)
{
	struct nlmsghdr *message = native_batch_message(batch, type, flags);

	mnl_attr_put_strz(message, attr, NFT_TABLE);
	return message;
}

void native_put_table(struct native_batch *batch)
{
	struct nlmsghdr *message =
		native_start(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE, NFTA_TABLE_NAME);

	native_put_u32(message, NFTA_TABLE_FLAGS, 0);
	native_batch_add(batch, message);
}

static void put_chain(struct native_batch *batch, const char *name)
{
	struct nlmsghdr *message =
		native_start(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL, NFTA_CHAIN_TABLE);

	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, name);
	native_batch_add(batch, message);
}

static void put_rule(struct native_batch *batch, int flags, const char *chain,
		     const struct native_rule *rule)
{
	struct nlmsghdr *message =
		native_start(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | flags, NFTA_RULE_TABLE);

	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
	native_rule_write(message, batch->socket->family, rule);
	native_batch_add(batch, message);
}

void native_put_rule(struct native_batch *batch, const char *chain, const struct native_rule *rule)
{
	put_rule(batch, NLM_F_APPEND, chain, rule);
}

void native_put_rule_first(struct native_batch *batch, const char *chain,
			   const struct native_rule *rule)
{
	put_rule(batch, 0, chain, rule);
}

/*
 * For `nft list', which prints a key that is not a whole address as `typeof @nh,192,32' by this,
 * and can then read its own output back. Each record is its type, its length, and its value in the
 * byte order of the machine (src/expression.c and src/netlink.c of nft 1.0.1 and later).
 */
static void put_typeof(struct nlmsghdr *message, uint32_t offset, uint32_t len)
{
	uint8_t data[128];
	size_t at = 0;

#define NUMBER(type, value)                                 \
	do {                                                \
		const uint32_t number = (value);            \
                                                            \
		data[at++] = (type);                        \
		data[at++] = sizeof(number);                \
		memcpy(data + at, &number, sizeof(number)); \
		at += sizeof(number);                       \
	} while (0)
#define NEST(type, len)                      \
	do {                                 \
		data[at++] = (type);         \
		data[at++] = (uint8_t)(len); \
	} while (0)
	/* The byte orders: that of the network for the key, none for the verdict. */
	NUMBER(0, 2);
	NUMBER(1, 0);
	/* The key: an expression of kind 7, payload, with description, type, base, offset and
	 * length in bits. */
	NEST(3, 38);
	NUMBER(0, 7);
	NEST(1, 30);
	NUMBER(0, 0);
	NUMBER(1, 0);
	NUMBER(2, 2);
	NUMBER(3, offset * 8);
	NUMBER(4, len * 8);
	/* The data: an expression of kind 1, verdict. */
	NEST(4, 8);
	NUMBER(0, 1);
	NEST(1, 0);
#undef NUMBER
#undef NEST
	mnl_attr_put(message, NFTA_SET_USERDATA, at, data);
}

static uint32_t key_type(enum ipmasq_family family, const struct nft_key *key)
{
	if (family == IPMASQ_IPV4)
		return NFT_TYPE_IPV4;
	return key->size == 16 ? NFT_TYPE_IPV6 : NFT_TYPE_INTEGER;
}

static void put_map(struct native_batch *batch, const char *name, const struct nft_item *item)
{
	enum ipmasq_family family = batch->socket->family;
	struct nlmsghdr *message =
		native_start(batch, NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL, NFTA_SET_TABLE);
	uint32_t type = key_type(family, &item->key);
	struct nlattr *nest;

	mnl_attr_put_strz(message, NFTA_SET_NAME, name);
	native_put_u32(message, NFTA_SET_FLAGS, NFT_SET_MAP);
	native_put_u32(message, NFTA_SET_KEY_TYPE, type);
	native_put_u32(message, NFTA_SET_KEY_LEN, item->key.size);
	native_put_u32(message, NFTA_SET_DATA_TYPE, VERDICT_TYPE);
	native_put_u32(message, NFTA_SET_DATA_LEN, 0);
	/* Linux 4.1 and later ask for it, also where nothing refers to it. */
	native_put_u32(message, NFTA_SET_ID, 1);
	nest = mnl_attr_nest_start(message, NFTA_SET_DESC);
	native_put_u32(message, NFTA_SET_DESC_SIZE, (uint32_t)item->count);
	mnl_attr_nest_end(message, nest);
	if (type == NFT_TYPE_INTEGER)
		put_typeof(message, item->key.source ? 8 : 24, item->key.size);
	native_batch_add(batch, message);
}

/* As nft writes the comment of an element, which it then shows: a byte 0, the length, and the text
 * with its NUL. */
static void put_label(struct nlmsghdr *message, const char *label)
{
	char data[2 + 255];
	size_t len = label ? strlen(label) + 1 : 0;

	if (len == 0 || len > sizeof(data) - 2)
		return;
	data[0] = 0;
	data[1] = (char)len;
	memcpy(data + 2, label, len);
	mnl_attr_put(message, NFTA_SET_ELEM_USERDATA, 2 + len, data);
}

static void put_element(struct nlmsghdr *message, const struct ipmasq_ruleset *rules,
			const struct nft_item *item, size_t index)
{
	const struct rule *rule = &item->rules[index];
	struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	struct nlattr *nest = mnl_attr_nest_start(message, NFTA_SET_ELEM_KEY);
	char chain[NFT_NAME_MAX + 1];
	uint8_t key[16];

	nft_element_key(item, index, key);
	mnl_attr_put(message, NFTA_DATA_VALUE, item->key.size, key);
	mnl_attr_nest_end(message, nest);
	if (rule->target == TARGET_GOTO)
		nft_name(rules->chains[rule->chain].name, chain);
	native_put_verdict(message, NFTA_SET_ELEM_DATA, rule->target == TARGET_GOTO ? chain : NULL);
	put_label(message, rule_label(rules, rule));
	mnl_attr_nest_end(message, element);
}

static void put_elements(struct native_batch *batch, const struct ipmasq_ruleset *rules,
			 const char *map, const struct nft_item *item)
{
	for (size_t at = 0; at < item->count;) {
		struct nlmsghdr *message = native_start(batch, NFT_MSG_NEWSETELEM,
							NLM_F_CREATE | NLM_F_EXCL,
							NFTA_SET_ELEM_LIST_TABLE);
		struct nlattr *list;

		mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, map);
		list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
		while (at < item->count && message->nlmsg_len < ELEMENTS_MAX - ELEMENT_BYTES_MAX)
			put_element(message, rules, item, at++);
		mnl_attr_nest_end(message, list);
		native_batch_add(batch, message);
	}
}

static void put_lookup(struct native_batch *batch, const char *chain, const char *map,
		       const struct nft_item *item)
{
	struct native_rule rule = { .rule = rule_any(batch->socket->family),
				    .lookup = { .map = map,
						.by_source = item->key.source,
						.bits = item->key.bits,
						.key_len = item->key.size } };

	native_put_rule(batch, chain, &rule);
}

static void put_single(struct native_batch *batch, const struct ipmasq_ruleset *rules,
		       const char *chain, const struct rule *rule)
{
	struct native_rule native = { .rule = *rule };
	char to[NFT_NAME_MAX + 1];

	if (rule->target == TARGET_GOTO) {
		nft_name(rules->chains[rule->chain].name, to);
		native.chain = to;
	}
	native_put_rule(batch, chain, &native);
}

/* What the rules of a chain need, or the rules themselves. */
static void put_contents(struct native_batch *batch, const struct ipmasq_ruleset *rules,
			 const struct chain *chain, bool maps)
{
	char map[NATIVE_MAP_NAME_MAX];
	char name[NFT_NAME_MAX + 1];
	struct nft_item item;
	size_t index = 0;
	size_t at = 0;

	nft_name(chain->name, name);
	while (nft_item_next(chain, &at, &item)) {
		native_map_name(name, index, map);
		index += item.key.size > 0;
		if (item.key.size == 0 && !maps)
			put_single(batch, rules, name, item.rules);
		if (item.key.size == 0)
			continue;
		if (!maps) {
			put_lookup(batch, name, map, &item);
			continue;
		}
		put_map(batch, map, &item);
		put_elements(batch, rules, map, &item);
	}
}

void native_put_ruleset(struct native_batch *batch, const struct ipmasq_ruleset *rules)
{
	native_put_table(batch);
	for (size_t i = 0; i < rules->count; i++) {
		char name[NFT_NAME_MAX + 1];

		nft_name(rules->chains[i].name, name);
		put_chain(batch, name);
	}
	for (size_t i = 0; i < rules->count && batch->error == 0; i++)
		put_contents(batch, rules, &rules->chains[i], true);
	for (size_t i = 0; i < rules->count && batch->error == 0; i++)
		put_contents(batch, rules, &rules->chains[i], false);
}

int native_load(struct native_batch *batch, const struct ipmasq_ruleset *rules)
{
	native_put_ruleset(batch, rules);
	return native_commit(batch);
}

/* A chain with a look-up, and a single rule. */
#define CHAIN_BYTES_MAX 1024
#define RULE_BYTES_MAX	768
/* An element without its label and without the name of a chain. */
#define ELEMENT_BYTES 64

size_t native_ruleset_bytes(const struct ipmasq_ruleset *rules)
{
	size_t bytes = 0;

	for (size_t i = 0; i < rules->count; i++) {
		const struct chain *chain = &rules->chains[i];

		bytes += CHAIN_BYTES_MAX;
		for (size_t j = 0; j < chain->count; j++) {
			const char *label = rule_label(rules, &chain->rules[j]);

			bytes += chain->rules[j].in_map ? ELEMENT_BYTES + NFT_NAME_MAX
							: RULE_BYTES_MAX;
			bytes += label ? strlen(label) : 0;
		}
	}
	return bytes;
}
