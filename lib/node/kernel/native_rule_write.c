/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the rules of our native tables as expressions of nf_tables, the same ones that `nft -f'
 * makes of their text. */
#include <arpa/inet.h>

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "node/kernel/native_header.h"
#include "node/kernel/native_rule.h"
#include "util/prefix.h"

void native_put_u32(struct nlmsghdr *message, uint16_t type, uint32_t number)
{
	mnl_attr_put_u32(message, type, htonl(number));
}

/* An expression in the making. */
struct expression {
	struct nlattr *element;
	struct nlattr *data;
};

static struct expression begin(struct nlmsghdr *message, const char *name)
{
	struct expression e = { .element = mnl_attr_nest_start(message, NFTA_LIST_ELEM) };

	mnl_attr_put_strz(message, NFTA_EXPR_NAME, name);
	e.data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
	return e;
}

static void end(struct nlmsghdr *message, const struct expression *e)
{
	mnl_attr_nest_end(message, e->data);
	mnl_attr_nest_end(message, e->element);
}

static void put_data(struct nlmsghdr *message, uint16_t type, const void *bytes, size_t len)
{
	struct nlattr *nest = mnl_attr_nest_start(message, type);

	mnl_attr_put(message, NFTA_DATA_VALUE, len, bytes);
	mnl_attr_nest_end(message, nest);
}

/* Loads a part of the network header. */
static void put_load(struct nlmsghdr *message, uint32_t offset, uint32_t len)
{
	struct expression e = begin(message, "payload");

	native_put_u32(message, NFTA_PAYLOAD_DREG, NFT_REG_1);
	native_put_u32(message, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	native_put_u32(message, NFTA_PAYLOAD_OFFSET, offset);
	native_put_u32(message, NFTA_PAYLOAD_LEN, len);
	end(message, &e);
}

static void put_mask(struct nlmsghdr *message, unsigned int bits, uint32_t len)
{
	static const uint8_t zeroes[16];
	struct expression e = begin(message, "bitwise");
	uint8_t mask[16];

	native_mask(bits, mask);
	native_put_u32(message, NFTA_BITWISE_SREG, NFT_REG_1);
	native_put_u32(message, NFTA_BITWISE_DREG, NFT_REG_1);
	native_put_u32(message, NFTA_BITWISE_LEN, len);
	put_data(message, NFTA_BITWISE_MASK, mask, len);
	put_data(message, NFTA_BITWISE_XOR, zeroes, len);
	end(message, &e);
}

static void put_cmp(struct nlmsghdr *message, uint32_t op, const void *bytes, size_t len)
{
	struct expression e = begin(message, "cmp");

	native_put_u32(message, NFTA_CMP_SREG, NFT_REG_1);
	native_put_u32(message, NFTA_CMP_OP, op);
	put_data(message, NFTA_CMP_DATA, bytes, len);
	end(message, &e);
}

/* Whole bytes are compared alone; else the address is masked. */
static void put_prefix(struct nlmsghdr *message, enum ipmasq_family family, bool source,
		       const struct prefix *prefix)
{
	uint32_t offset = native_offset(family, source);
	uint32_t len = native_address_len(family);
	uint8_t bytes[16];

	if (prefix->len == 0)
		return;
	addr_to_bytes(family, prefix->addr, bytes);
	if (prefix->len % 8 == 0) {
		put_load(message, offset, prefix->len / 8);
		put_cmp(message, NFT_CMP_EQ, bytes, prefix->len / 8);
		return;
	}
	put_load(message, offset, len);
	put_mask(message, prefix->len, len);
	put_cmp(message, NFT_CMP_EQ, bytes, len);
}

static void put_protocol(struct nlmsghdr *message, uint8_t proto)
{
	struct expression e;

	if (!proto)
		return;
	e = begin(message, "meta");
	native_put_u32(message, NFTA_META_KEY, NFT_META_L4PROTO);
	native_put_u32(message, NFTA_META_DREG, NFT_REG_1);
	end(message, &e);
	put_cmp(message, NFT_CMP_EQ, &proto, sizeof(proto));
}

/* Numbers are compared as they stand in memory, so in network order. */
static void put_probability(struct nlmsghdr *message, uint32_t probability)
{
	uint32_t number = htonl(probability);
	struct expression e;

	if (probability == PROBABILITY_ONE)
		return;
	e = begin(message, "numgen");
	native_put_u32(message, NFTA_NG_DREG, NFT_REG_1);
	native_put_u32(message, NFTA_NG_MODULUS, PROBABILITY_ONE);
	native_put_u32(message, NFTA_NG_TYPE, NFT_NG_RANDOM);
	native_put_u32(message, NFTA_NG_OFFSET, 0);
	end(message, &e);
	e = begin(message, "byteorder");
	native_put_u32(message, NFTA_BYTEORDER_SREG, NFT_REG_1);
	native_put_u32(message, NFTA_BYTEORDER_DREG, NFT_REG_1);
	native_put_u32(message, NFTA_BYTEORDER_OP, NFT_BYTEORDER_HTON);
	native_put_u32(message, NFTA_BYTEORDER_LEN, sizeof(number));
	native_put_u32(message, NFTA_BYTEORDER_SIZE, sizeof(number));
	end(message, &e);
	put_cmp(message, NFT_CMP_LT, &number, sizeof(number));
}

static void put_not_local(struct nlmsghdr *message)
{
	const uint32_t local = RTN_LOCAL;
	struct expression e = begin(message, "fib");

	native_put_u32(message, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
	native_put_u32(message, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	native_put_u32(message, NFTA_FIB_DREG, NFT_REG_1);
	end(message, &e);
	put_cmp(message, NFT_CMP_NEQ, &local, sizeof(local));
}

static void put_lookup(struct nlmsghdr *message, enum ipmasq_family family,
		       const struct native_lookup *lookup)
{
	struct expression e;

	put_load(message, native_offset(family, lookup->by_source), lookup->key_len);
	if (lookup->bits < lookup->key_len * 8)
		put_mask(message, lookup->bits, lookup->key_len);
	e = begin(message, "lookup");
	mnl_attr_put_strz(message, NFTA_LOOKUP_SET, lookup->map);
	native_put_u32(message, NFTA_LOOKUP_SREG, NFT_REG_1);
	native_put_u32(message, NFTA_LOOKUP_DREG, NFT_REG_VERDICT);
	end(message, &e);
}

void native_put_verdict(struct nlmsghdr *message, uint16_t type, const char *chain)
{
	struct nlattr *data = mnl_attr_nest_start(message, type);
	struct nlattr *verdict = mnl_attr_nest_start(message, NFTA_DATA_VERDICT);

	native_put_u32(message, NFTA_VERDICT_CODE, (uint32_t)(chain ? NFT_GOTO : NFT_RETURN));
	if (chain)
		mnl_attr_put_strz(message, NFTA_VERDICT_CHAIN, chain);
	mnl_attr_nest_end(message, verdict);
	mnl_attr_nest_end(message, data);
}

static void put_port(struct nlmsghdr *message, uint32_t reg, uint16_t port)
{
	struct expression e = begin(message, "immediate");
	uint16_t number = htons(port);

	native_put_u32(message, NFTA_IMMEDIATE_DREG, reg);
	put_data(message, NFTA_IMMEDIATE_DATA, &number, sizeof(number));
	end(message, &e);
}

static void put_masquerade(struct nlmsghdr *message, const struct rule *rule)
{
	bool is_range = rule->ports.last != rule->ports.first;
	struct expression e;
	uint32_t flags = 0;

	if (rule->random_fully)
		flags |= NF_NAT_RANGE_PROTO_RANDOM_FULLY;
	if (rule->ports.first) {
		flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
		put_port(message, NFT_REG_1, rule->ports.first);
		if (is_range)
			put_port(message, NFT_REG_2, rule->ports.last);
	}
	e = begin(message, "masq");
	if (flags)
		native_put_u32(message, NFTA_MASQ_FLAGS, flags);
	if (rule->ports.first)
		native_put_u32(message, NFTA_MASQ_REG_PROTO_MIN, NFT_REG_1);
	if (rule->ports.first && is_range)
		native_put_u32(message, NFTA_MASQ_REG_PROTO_MAX, NFT_REG_2);
	end(message, &e);
}

void native_rule_write(struct nlmsghdr *message, enum ipmasq_family family,
		       const struct native_rule *native)
{
	struct nlattr *list = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
	const struct rule *rule = &native->rule;
	struct expression e;

	if (rule->not_local)
		put_not_local(message);
	put_prefix(message, family, true, &rule->src);
	put_prefix(message, family, false, &rule->dst);
	put_protocol(message, rule->proto);
	put_probability(message, rule->probability);
	if (native->lookup.map) {
		put_lookup(message, family, &native->lookup);
	} else if (rule->target == TARGET_MASQUERADE) {
		put_masquerade(message, rule);
	} else {
		e = begin(message, "immediate");
		native_put_u32(message, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
		native_put_verdict(message, NFTA_IMMEDIATE_DATA, native->chain);
		end(message, &e);
	}
	mnl_attr_nest_end(message, list);
}
