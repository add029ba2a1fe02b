/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of nf_tables rules, without a kernel: our rules in each form that some version of
 * iptables-nft writes, and similar forms that mean something else.
 */
#include <arpa/inet.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

#include "util/common.h"
#include "node/kernel/nft_rule.h"
#include "support/unit.h"

/* A value that is loaded and compared: @len bytes at @offset of a header, or the protocol from the
 * metadata if @len is 0. */
struct load {
	uint32_t base;
	uint32_t offset;
	uint32_t len;
	uint8_t with[16];
	uint32_t with_len;
};

#define FIELD(offset, len, ...)                                               \
	{                                                                     \
		NFT_PAYLOAD_NETWORK_HEADER, offset, len, { __VA_ARGS__ }, len \
	}
#define META(proto)                   \
	{                             \
		0, 0, 0, { proto }, 1 \
	}
#define OTHER(base, offset, len)              \
	{                                     \
		base, offset, len, { 6 }, len \
	}

static const struct {
	const char *what;
	enum ipmasq_family family;
	struct load loads[3];
	bool known;
	/* Of what is not known, that which programs print as it is has one too; the rest differs.
	 */
	uint8_t proto;
	uint8_t dst_len;
} rules[] = {
	{ "no match", IPMASQ_IPV4, { { 0 } }, true, 0, 0 },
	{ "-p tcp of iptables 1.8.9", IPMASQ_IPV4, { META(6) }, true, 6, 0 },
	{ "-p tcp of iptables 1.8.10", IPMASQ_IPV4, { FIELD(9, 1, 6) }, true, 6, 0 },
	{ "-p udp of iptables 1.8.10", IPMASQ_IPV4, { FIELD(9, 1, 17) }, true, 17, 0 },
	{ "-p sctp of iptables 1.8.10", IPMASQ_IPV4, { FIELD(9, 1, 132) }, true, 132, 0 },
	{ "a protocol after a destination",
	  IPMASQ_IPV4,
	  { FIELD(16, 1, 10), FIELD(9, 1, 17) },
	  true,
	  17,
	  8 },
	{ "a source, a destination and a protocol",
	  IPMASQ_IPV4,
	  { FIELD(12, 4, 10, 1, 2, 3), FIELD(16, 2, 172, 16), FIELD(9, 1, 6) },
	  true,
	  6,
	  16 },
	{ "a protocol that our rules never match", IPMASQ_IPV4, { FIELD(9, 1, 1) }, false, 1, 0 },
	{ "a protocol twice, both forms", IPMASQ_IPV4, { META(6), FIELD(9, 1, 6) }, false, 0, 0 },
	{ "a protocol together with the checksum",
	  IPMASQ_IPV4,
	  { FIELD(9, 3, 6, 0, 0) },
	  false,
	  0,
	  0 },
	{ "the TTL", IPMASQ_IPV4, { FIELD(8, 1, 6) }, false, 0, 0 },
	{ "the length", IPMASQ_IPV4, { FIELD(2, 2, 0, 6) }, false, 0, 0 },
	{ "offset 9 of the transport header",
	  IPMASQ_IPV4,
	  { OTHER(NFT_PAYLOAD_TRANSPORT_HEADER, 9, 1) },
	  false,
	  0,
	  0 },
	{ "offset 9 of the link layer header",
	  IPMASQ_IPV4,
	  { OTHER(NFT_PAYLOAD_LL_HEADER, 9, 1) },
	  false,
	  0,
	  0 },
	{ "-p tcp for IPv6", IPMASQ_IPV6, { META(6) }, true, 6, 0 },
	{ "-p udp and a destination for IPv6",
	  IPMASQ_IPV6,
	  { FIELD(24, 8, 0xfd), META(17) },
	  true,
	  17,
	  64 },
	/* With extension headers, the next header is not the protocol. */
	{ "the next header of IPv6", IPMASQ_IPV6, { FIELD(6, 1, 6) }, false, 0, 0 },
	{ "offset 9 of IPv6, a byte of the source address",
	  IPMASQ_IPV6,
	  { FIELD(9, 1, 6) },
	  false,
	  0,
	  0 },
};

static struct nlattr *start(struct nlmsghdr *message, const char *name, struct nlattr **data)
{
	struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);

	mnl_attr_put_strz(message, NFTA_EXPR_NAME, name);
	*data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
	return element;
}

static void put_load(struct nlmsghdr *message, const struct load *load)
{
	struct nlattr *data;
	struct nlattr *element = start(message, load->len ? "payload" : "meta", &data);
	struct nlattr *value;

	if (load->len) {
		mnl_attr_put_u32(message, NFTA_PAYLOAD_DREG, htonl(NFT_REG_1));
		mnl_attr_put_u32(message, NFTA_PAYLOAD_BASE, htonl(load->base));
		mnl_attr_put_u32(message, NFTA_PAYLOAD_OFFSET, htonl(load->offset));
		mnl_attr_put_u32(message, NFTA_PAYLOAD_LEN, htonl(load->len));
	} else {
		mnl_attr_put_u32(message, NFTA_META_DREG, htonl(NFT_REG_1));
		mnl_attr_put_u32(message, NFTA_META_KEY, htonl(NFT_META_L4PROTO));
	}
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, element);

	element = start(message, "cmp", &data);
	mnl_attr_put_u32(message, NFTA_CMP_SREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(message, NFTA_CMP_OP, htonl(NFT_CMP_EQ));
	value = mnl_attr_nest_start(message, NFTA_CMP_DATA);
	mnl_attr_put(message, NFTA_DATA_VALUE, load->with_len, load->with);
	mnl_attr_nest_end(message, value);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, element);
}

static void put_return(struct nlmsghdr *message)
{
	struct nlattr *data;
	struct nlattr *element = start(message, "immediate", &data);
	struct nlattr *value;
	struct nlattr *verdict;

	mnl_attr_put_u32(message, NFTA_IMMEDIATE_DREG, htonl(NFT_REG_VERDICT));
	value = mnl_attr_nest_start(message, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(message, NFTA_DATA_VERDICT);
	mnl_attr_put_u32(message, NFTA_VERDICT_CODE, htonl((uint32_t)NFT_RETURN));
	mnl_attr_nest_end(message, verdict);
	mnl_attr_nest_end(message, value);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, element);
}

static void test_forms(void)
{
	union {
		struct nlmsghdr head;
		char bytes[4096];
	} room;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		struct nlmsghdr *message = mnl_nlmsg_put_header(&room);
		struct nlattr *expressions = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
		struct nft_rule rule;

		for (size_t j = 0; j < ARRAY_SIZE(rules[i].loads); j++)
			if (rules[i].loads[j].with_len)
				put_load(message, &rules[i].loads[j]);
		put_return(message);
		mnl_attr_nest_end(message, expressions);

		nft_rule_read(rules[i].family, expressions, &rule);
		CHECK(rule.known == rules[i].known, rules[i].what);
		CHECK(rule.differs == (!rules[i].known && rules[i].proto == 0), rules[i].what);
		CHECK(!rule.foreign && !rule.rewrites && !rule.chain, rules[i].what);
		if (!rules[i].known)
			continue;
		CHECK(rule.seen.rule.proto == rules[i].proto, rules[i].what);
		CHECK(rule.seen.rule.dst.len == rules[i].dst_len, rules[i].what);
		CHECK(rule.seen.rule.target == TARGET_RETURN, rules[i].what);
	}
}

enum extra { NONE, BITWISE, RANGE, LOOKUP, FIB, LOADED, OTHER_REGISTER };

/* One match of a destination of IPv4 whose meaning is changed in one place. */
static const struct {
	const char *what;
	enum extra extra;
	/* Of the comparison. */
	uint32_t op;
	/* Of the bitwise expression. */
	uint32_t flip;
	/* Of the address type. */
	uint32_t flags;
	uint32_t type;
	bool known;
	bool differs;
	bool foreign;
} changes[] = {
	{ "==", NONE, NFT_CMP_EQ, 0, 0, 0, true, false, false },
	{ "!=", NONE, NFT_CMP_NEQ, 0, 0, 0, false, true, false },
	{ "<", NONE, NFT_CMP_LT, 0, 0, 0, false, true, false },
	{ "<=", NONE, NFT_CMP_LTE, 0, 0, 0, false, true, false },
	{ ">", NONE, NFT_CMP_GT, 0, 0, 0, false, true, false },
	{ ">=", NONE, NFT_CMP_GTE, 0, 0, 0, false, true, false },
	{ "a mask", BITWISE, NFT_CMP_EQ, 0, 0, 0, true, false, false },
	{ "a mask, then bits flipped", BITWISE, NFT_CMP_EQ, 1, 0, 0, false, true, false },
	{ "a mask and <=", BITWISE, NFT_CMP_LTE, 0, 0, 0, false, true, false },
	{ "a range", RANGE, 0, 0, 0, 0, false, true, false },
	{ "a set", LOOKUP, 0, 0, 0, 0, false, true, true },
	{ "a value that is not compared", LOADED, 0, 0, 0, 0, false, true, false },
	{ "another register", OTHER_REGISTER, NFT_CMP_EQ, 0, 0, 0, false, true, false },
	{ "the type of the destination", FIB, NFT_CMP_NEQ, 0, NFTA_FIB_F_DADDR, RTN_LOCAL, true,
	  true, true },
	{ "a destination of that type", FIB, NFT_CMP_EQ, 0, NFTA_FIB_F_DADDR, RTN_LOCAL, false,
	  true, true },
	{ "another type", FIB, NFT_CMP_NEQ, 0, NFTA_FIB_F_DADDR, RTN_UNICAST, false, true, true },
	{ "the type of the source", FIB, NFT_CMP_NEQ, 0, NFTA_FIB_F_SADDR, RTN_LOCAL, false, true,
	  true },
};

static void put_value(struct nlmsghdr *message, uint16_t type, uint32_t value)
{
	struct nlattr *nest = mnl_attr_nest_start(message, type);

	mnl_attr_put_u32(message, NFTA_DATA_VALUE, value);
	mnl_attr_nest_end(message, nest);
}

/* What is loaded first. */
static void put_first(struct nlmsghdr *message, size_t i)
{
	bool fib = changes[i].extra == FIB;
	struct nlattr *data;
	struct nlattr *element = start(message, fib ? "fib" : "payload", &data);

	if (fib) {
		mnl_attr_put_u32(message, NFTA_FIB_DREG, htonl(NFT_REG_1));
		mnl_attr_put_u32(message, NFTA_FIB_RESULT, htonl(NFT_FIB_RESULT_ADDRTYPE));
		mnl_attr_put_u32(message, NFTA_FIB_FLAGS, htonl(changes[i].flags));
	} else {
		mnl_attr_put_u32(message, NFTA_PAYLOAD_DREG, htonl(NFT_REG_1));
		mnl_attr_put_u32(message, NFTA_PAYLOAD_BASE, htonl(NFT_PAYLOAD_NETWORK_HEADER));
		mnl_attr_put_u32(message, NFTA_PAYLOAD_OFFSET, htonl(16));
		mnl_attr_put_u32(message, NFTA_PAYLOAD_LEN, htonl(4));
	}
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, element);
}

/* What is done with it. */
static void put_second(struct nlmsghdr *message, size_t i)
{
	enum extra extra = changes[i].extra;
	uint32_t from = htonl(extra == OTHER_REGISTER ? NFT_REG_2 : NFT_REG_1);
	struct nlattr *data;
	struct nlattr *element;

	if (extra == BITWISE) {
		element = start(message, "bitwise", &data);
		mnl_attr_put_u32(message, NFTA_BITWISE_SREG, from);
		mnl_attr_put_u32(message, NFTA_BITWISE_DREG, from);
		mnl_attr_put_u32(message, NFTA_BITWISE_LEN, htonl(4));
		put_value(message, NFTA_BITWISE_MASK, htonl(0xff000000));
		put_value(message, NFTA_BITWISE_XOR, htonl(changes[i].flip));
		mnl_attr_nest_end(message, data);
		mnl_attr_nest_end(message, element);
	}
	if (extra == LOADED)
		return;
	element = start(message,
			extra == RANGE	  ? "range"
			: extra == LOOKUP ? "lookup"
					  : "cmp",
			&data);
	if (extra != RANGE && extra != LOOKUP) {
		mnl_attr_put_u32(message, NFTA_CMP_SREG, from);
		mnl_attr_put_u32(message, NFTA_CMP_OP, htonl(changes[i].op));
		put_value(message, NFTA_CMP_DATA,
			  extra == FIB ? changes[i].type : htonl(0x0a000000));
	}
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, element);
}

static void test_changes(void)
{
	union {
		struct nlmsghdr head;
		char bytes[4096];
	} room;

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct nlmsghdr *message = mnl_nlmsg_put_header(&room);
		struct nlattr *expressions = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
		struct nft_rule rule;

		put_first(message, i);
		put_second(message, i);
		put_return(message);
		mnl_attr_nest_end(message, expressions);
		nft_rule_read(IPMASQ_IPV4, expressions, &rule);
		CHECK(rule.known == changes[i].known, changes[i].what);
		CHECK(rule.differs == changes[i].differs, changes[i].what);
		CHECK(rule.foreign == changes[i].foreign, changes[i].what);
		if (rule.known)
			CHECK(rule.seen.rule.not_local == (changes[i].extra == FIB),
			      changes[i].what);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each form of a match is read; other forms are not taken for one", test_forms },
		{ "what programs may print as one of our rules differs all the same",
		  test_changes },
	};

	return unit_main("nft_rule", tests, ARRAY_SIZE(tests));
}
