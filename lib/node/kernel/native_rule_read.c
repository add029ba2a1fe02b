/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads rules of our native tables. Each expression that fills the register is followed by those
 * that look at it, so one register is enough. Whatever we do not write differs; only what does not
 * have the attributes that it should have is unclear.
 */
#include <arpa/inet.h>

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "node/kernel/native_header.h"
#include "node/kernel/native_rule.h"
#include "node/kernel/nft_rule.h"
#include "node/kernel/xt.h"

/* What the first register holds. */
enum held { NOTHING, SOURCE, DESTINATION, PROTOCOL, CHANCE, ADDRESS_TYPE, PORT };

struct reading {
	enum ipmasq_family family;
	struct native_rule *rule;
	enum held held;
	uint32_t len;
	/* Of an address: how many bits of it count. */
	unsigned int bits;
	bool masked;
	/* Of CHANCE: it was brought into network order. */
	bool ordered;
	/* The ports that the first two registers hold; 0: none. */
	uint16_t ports[2];
	bool ended;
};

static bool is_number(const struct nlattr *nest, uint16_t type, uint32_t wanted)
{
	uint32_t number;

	return nft_number(nest, type, &number) && number == wanted;
}

/* Takes a new value into the first register. */
static enum native_sight hold(struct reading *r, enum held what, uint32_t len)
{
	if (r->held != NOTHING || r->ports[0])
		return NATIVE_DIFFERS;
	r->held = what;
	r->len = len;
	r->bits = len * 8;
	r->masked = false;
	r->ordered = false;
	return NATIVE_KNOWN;
}

static enum native_sight read_payload(struct reading *r, const struct nlattr *data)
{
	uint32_t offset;
	uint32_t base;
	uint32_t len;

	if (!nft_number(data, NFTA_PAYLOAD_BASE, &base) ||
	    !nft_number(data, NFTA_PAYLOAD_OFFSET, &offset) ||
	    !nft_number(data, NFTA_PAYLOAD_LEN, &len))
		return NATIVE_UNCLEAR;
	if (base != NFT_PAYLOAD_NETWORK_HEADER || !is_number(data, NFTA_PAYLOAD_DREG, NFT_REG_1) ||
	    len == 0 || len > native_address_len(r->family))
		return NATIVE_DIFFERS;
	if (offset == native_offset(r->family, true))
		return hold(r, SOURCE, len);
	if (offset == native_offset(r->family, false))
		return hold(r, DESTINATION, len);
	return NATIVE_DIFFERS;
}

static const struct nlattr *find_value(const struct nlattr *data, uint16_t type)
{
	return nft_find(nft_find(data, type), NFTA_DATA_VALUE);
}

/* The bytes in an attribute where they are as many as the register holds. */
static const uint8_t *find_bytes(const struct reading *r, const struct nlattr *data, uint16_t type)
{
	const struct nlattr *attr = find_value(data, type);

	return attr && mnl_attr_get_payload_len(attr) == r->len ? mnl_attr_get_payload(attr) : NULL;
}

static enum native_sight read_bitwise(struct reading *r, const struct nlattr *data)
{
	static const uint8_t zeroes[16];
	const uint8_t *mask = find_bytes(r, data, NFTA_BITWISE_MASK);
	const uint8_t *flip = find_bytes(r, data, NFTA_BITWISE_XOR);
	uint8_t wanted[16];
	unsigned int bits = 0;

	if ((r->held != SOURCE && r->held != DESTINATION) || r->masked)
		return NATIVE_DIFFERS;
	if (!mask || !flip)
		return nft_find(data, NFTA_BITWISE_OP) && !is_number(data, NFTA_BITWISE_OP, 0)
			       ? NATIVE_DIFFERS
			       : NATIVE_UNCLEAR;
	for (uint32_t i = 0; i < r->len; i++)
		bits += (unsigned int)__builtin_popcount(mask[i]);
	native_mask(bits, wanted);
	if (memcmp(mask, wanted, r->len) != 0 || memcmp(flip, zeroes, r->len) != 0 || bits == 0 ||
	    !is_number(data, NFTA_BITWISE_SREG, NFT_REG_1) ||
	    !is_number(data, NFTA_BITWISE_DREG, NFT_REG_1) ||
	    !is_number(data, NFTA_BITWISE_LEN, r->len))
		return NATIVE_DIFFERS;
	r->masked = true;
	r->bits = bits;
	return NATIVE_KNOWN;
}

static enum native_sight read_meta(struct reading *r, const struct nlattr *data)
{
	if (!is_number(data, NFTA_META_KEY, NFT_META_L4PROTO) ||
	    !is_number(data, NFTA_META_DREG, NFT_REG_1))
		return NATIVE_DIFFERS;
	return hold(r, PROTOCOL, 1);
}

static enum native_sight read_numgen(struct reading *r, const struct nlattr *data)
{
	if (!is_number(data, NFTA_NG_MODULUS, PROBABILITY_ONE) ||
	    !is_number(data, NFTA_NG_TYPE, NFT_NG_RANDOM) ||
	    !is_number(data, NFTA_NG_DREG, NFT_REG_1) ||
	    (nft_find(data, NFTA_NG_OFFSET) && !is_number(data, NFTA_NG_OFFSET, 0)))
		return NATIVE_DIFFERS;
	return hold(r, CHANCE, sizeof(uint32_t));
}

static enum native_sight read_byteorder(struct reading *r, const struct nlattr *data)
{
	if (r->held != CHANCE || r->ordered || !is_number(data, NFTA_BYTEORDER_SREG, NFT_REG_1) ||
	    !is_number(data, NFTA_BYTEORDER_DREG, NFT_REG_1) ||
	    !is_number(data, NFTA_BYTEORDER_OP, NFT_BYTEORDER_HTON) ||
	    !is_number(data, NFTA_BYTEORDER_LEN, sizeof(uint32_t)) ||
	    !is_number(data, NFTA_BYTEORDER_SIZE, sizeof(uint32_t)))
		return NATIVE_DIFFERS;
	r->ordered = true;
	return NATIVE_KNOWN;
}

static enum native_sight read_fib(struct reading *r, const struct nlattr *data)
{
	if (!is_number(data, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE) ||
	    !is_number(data, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR) ||
	    !is_number(data, NFTA_FIB_DREG, NFT_REG_1))
		return NATIVE_DIFFERS;
	return hold(r, ADDRESS_TYPE, sizeof(uint32_t));
}

/* What else there is behind the bytes that were loaded does not matter. */
static bool take_prefix(struct reading *r, const uint8_t *with)
{
	struct rule *rule = &r->rule->rule;
	struct prefix *prefix = r->held == SOURCE ? &rule->src : &rule->dst;
	uint8_t mask[16];

	if (prefix->len > 0)
		return false;
	native_mask(r->bits, mask);
	return xt_read_prefix(r->family, with, mask, r->len, prefix);
}

static bool take_comparison(struct reading *r, const uint8_t *with)
{
	struct rule *rule = &r->rule->rule;
	uint32_t number;

	switch (r->held) {
	case SOURCE:
	case DESTINATION:
		return take_prefix(r, with);
	case PROTOCOL:
		if (rule->proto)
			return false;
		rule->proto = *with;
		return xt_is_protocol(rule->proto);
	case CHANCE:
		memcpy(&number, with, sizeof(number));
		if (!r->ordered || rule->probability != PROBABILITY_ONE)
			return false;
		rule->probability = ntohl(number);
		return rule->probability < PROBABILITY_ONE;
	case ADDRESS_TYPE:
		memcpy(&number, with, sizeof(number));
		if (rule->not_local)
			return false;
		rule->not_local = number == RTN_LOCAL;
		return rule->not_local;
	default:
		return false;
	}
}

static enum native_sight read_cmp(struct reading *r, const struct nlattr *data)
{
	static const uint32_t operators[] = {
		[SOURCE] = NFT_CMP_EQ, [DESTINATION] = NFT_CMP_EQ,   [PROTOCOL] = NFT_CMP_EQ,
		[CHANCE] = NFT_CMP_LT, [ADDRESS_TYPE] = NFT_CMP_NEQ,
	};
	const uint8_t *with = find_bytes(r, data, NFTA_CMP_DATA);

	if (r->held == NOTHING || r->held == PORT || !is_number(data, NFTA_CMP_SREG, NFT_REG_1) ||
	    !is_number(data, NFTA_CMP_OP, operators[r->held]))
		return NATIVE_DIFFERS;
	if (!with)
		return find_value(data, NFTA_CMP_DATA) ? NATIVE_DIFFERS : NATIVE_UNCLEAR;
	if (!take_comparison(r, with))
		return NATIVE_DIFFERS;
	r->held = NOTHING;
	return NATIVE_KNOWN;
}

static enum native_sight read_lookup(struct reading *r, const struct nlattr *data)
{
	struct native_lookup *lookup = &r->rule->lookup;
	const char *map = nft_text(data, NFTA_LOOKUP_SET);

	if (!map)
		return NATIVE_UNCLEAR;
	if ((r->held != SOURCE && r->held != DESTINATION) ||
	    !is_number(data, NFTA_LOOKUP_SREG, NFT_REG_1) ||
	    !is_number(data, NFTA_LOOKUP_DREG, NFT_REG_VERDICT) ||
	    (nft_find(data, NFTA_LOOKUP_FLAGS) && !is_number(data, NFTA_LOOKUP_FLAGS, 0)))
		return NATIVE_DIFFERS;
	*lookup = (struct native_lookup){ .map = map,
					  .by_source = r->held == SOURCE,
					  .bits = (uint8_t)r->bits,
					  .key_len = (uint8_t)r->len };
	r->held = NOTHING;
	r->ended = true;
	return NATIVE_KNOWN;
}

enum native_sight native_read_verdict(const struct nlattr *data, const char **chain)
{
	const struct nlattr *verdict = nft_find(data, NFTA_DATA_VERDICT);
	uint32_t code;

	*chain = NULL;
	if (!verdict || !nft_number(verdict, NFTA_VERDICT_CODE, &code))
		return NATIVE_UNCLEAR;
	if ((int32_t)code == NFT_RETURN)
		return NATIVE_KNOWN;
	if ((int32_t)code != NFT_GOTO)
		return NATIVE_DIFFERS;
	*chain = nft_text(verdict, NFTA_VERDICT_CHAIN);
	return *chain && **chain ? NATIVE_KNOWN : NATIVE_UNCLEAR;
}

/* The second port is in the second register. */
static enum native_sight read_port(struct reading *r, const struct nlattr *data, uint32_t reg)
{
	const struct nlattr *value = find_value(data, NFTA_IMMEDIATE_DATA);
	bool second = r->held == PORT;
	uint16_t port;

	if (!value)
		return NATIVE_UNCLEAR;
	if (mnl_attr_get_payload_len(value) != sizeof(port) || r->ports[1] ||
	    reg != (second ? NFT_REG_2 : NFT_REG_1) || (!second && r->held != NOTHING))
		return NATIVE_DIFFERS;
	memcpy(&port, mnl_attr_get_payload(value), sizeof(port));
	r->ports[second] = ntohs(port);
	r->held = PORT;
	return port ? NATIVE_KNOWN : NATIVE_DIFFERS;
}

static enum native_sight read_immediate(struct reading *r, const struct nlattr *data)
{
	uint32_t reg;
	enum native_sight sight;

	if (!nft_number(data, NFTA_IMMEDIATE_DREG, &reg))
		return NATIVE_UNCLEAR;
	if (reg != NFT_REG_VERDICT)
		return read_port(r, data, reg);
	sight = native_read_verdict(nft_find(data, NFTA_IMMEDIATE_DATA), &r->rule->chain);
	r->rule->rule.target = r->rule->chain ? TARGET_GOTO : TARGET_RETURN;
	r->ended = true;
	return sight;
}

static enum native_sight read_masquerade(struct reading *r, const struct nlattr *data)
{
	struct rule *rule = &r->rule->rule;
	uint32_t expected = r->ports[0] ? NF_NAT_RANGE_PROTO_SPECIFIED : 0;
	uint32_t flags = 0;

	if (nft_find(data, NFTA_MASQ_FLAGS) && !nft_number(data, NFTA_MASQ_FLAGS, &flags))
		return NATIVE_UNCLEAR;
	rule->random_fully = flags & NF_NAT_RANGE_PROTO_RANDOM_FULLY;
	if ((flags & ~(uint32_t)NF_NAT_RANGE_PROTO_RANDOM_FULLY) != expected ||
	    !nft_find(data, NFTA_MASQ_REG_PROTO_MIN) != !r->ports[0])
		return NATIVE_DIFFERS;
	/* The kernel tells the second register also where it was not given one. */
	if (r->ports[0] && !is_number(data, NFTA_MASQ_REG_PROTO_MIN, NFT_REG_1))
		return NATIVE_DIFFERS;
	if (r->ports[0] && nft_find(data, NFTA_MASQ_REG_PROTO_MAX) &&
	    !is_number(data, NFTA_MASQ_REG_PROTO_MAX, r->ports[1] ? NFT_REG_2 : NFT_REG_1))
		return NATIVE_DIFFERS;
	if (r->ports[1] && !nft_find(data, NFTA_MASQ_REG_PROTO_MAX))
		return NATIVE_DIFFERS;
	rule->ports.first = r->ports[0];
	rule->ports.last = r->ports[1] ? r->ports[1] : r->ports[0];
	rule->target = TARGET_MASQUERADE;
	r->held = NOTHING;
	r->ended = true;
	return NATIVE_KNOWN;
}

static const struct {
	const char *name;
	enum native_sight (*read)(struct reading *r, const struct nlattr *data);
} readers[] = {
	{ "payload", read_payload },
	{ "bitwise", read_bitwise },
	{ "cmp", read_cmp },
	{ "lookup", read_lookup },
	{ "immediate", read_immediate },
	{ "masq", read_masquerade },
	{ "fib", read_fib },
	{ "meta", read_meta },
	{ "numgen", read_numgen },
	{ "byteorder", read_byteorder },
};

static enum native_sight read_expression(struct reading *r, const struct nlattr *expression)
{
	const char *name = nft_text(expression, NFTA_EXPR_NAME);
	const struct nlattr *data = nft_find(expression, NFTA_EXPR_DATA);

	if (!name)
		return NATIVE_UNCLEAR;
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (strcmp(name, readers[i].name) == 0)
			return r->ended ? NATIVE_DIFFERS : readers[i].read(r, data);
	return NATIVE_DIFFERS;
}

enum native_sight native_rule_read(enum ipmasq_family family, const struct nlattr *expressions,
				   struct native_rule *rule)
{
	struct reading r = { .family = family, .rule = rule };
	enum native_sight sight = NATIVE_KNOWN;
	struct nlattr *attr;

	*rule = (struct native_rule){ .rule = rule_any(family) };
	if (!expressions)
		return NATIVE_DIFFERS;
	mnl_attr_for_each_nested(attr, expressions) {
		sight = read_expression(&r, attr);
		if (sight != NATIVE_KNOWN)
			return sight;
	}
	return r.ended && r.held == NOTHING ? NATIVE_KNOWN : NATIVE_DIFFERS;
}
