/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a rule of nf_tables. A load into a register, a mask on it and a comparison stand for -s, -d
 * and -p; extensions of xtables are embedded as they are (iptables 1.8).
 */
#include "node/kernel/nft_rule.h"

#include <arpa/inet.h>
#include <endian.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "node/kernel/observation.h"

enum loaded { NOTHING, PROTOCOL, SOURCE, DESTINATION, DESTINATION_TYPE };

struct expressions {
	enum ipmasq_family family;
	struct nft_rule *rule;
	/* What register `reg` holds, and was not compared yet. */
	enum loaded loaded;
	uint32_t reg;
	uint32_t len;
	bool masked;
	uint8_t mask[16];
	/* A bit for each that was compared. */
	unsigned int compared;
	/* There was a verdict or a target. */
	bool ended;
};

/* As mnl_attr_for_each_nested(), whose calls are most of the time that large tables take. */
const struct nlattr *nft_attr_next(const struct nlattr *nest, const struct nlattr *last)
{
	const char *end = (const char *)nest + nest->nla_len;
	const char *at = (const char *)(last ? last : nest);
	const struct nlattr *attr;

	at += last ? NLA_ALIGN(last->nla_len) : NLA_HDRLEN;
	if (at > end || (size_t)(end - at) < sizeof(*attr))
		return NULL;
	attr = (const void *)at;
	return attr->nla_len >= sizeof(*attr) && attr->nla_len <= (size_t)(end - at) ? attr : NULL;
}

const struct nlattr *nft_find(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr = NULL;

	if (!nest)
		return NULL;
	while ((attr = nft_attr_next(nest, attr)))
		if (nft_attr_type(attr) == type)
			return attr;
	return NULL;
}

const char *nft_text(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr = nft_find(nest, type);

	return attr && mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0 ? mnl_attr_get_str(attr)
									 : NULL;
}

bool nft_number_of(const struct nlattr *attr, uint32_t *number)
{
	if (!attr || mnl_attr_get_payload_len(attr) != sizeof(*number))
		return false;
	memcpy(number, mnl_attr_get_payload(attr), sizeof(*number));
	*number = ntohl(*number);
	return true;
}

bool nft_number(const struct nlattr *nest, uint16_t type, uint32_t *number)
{
	return nft_number_of(nft_find(nest, type), number);
}

bool nft_handle_of(const struct nlattr *attr, uint64_t *handle)
{
	if (!attr || mnl_attr_get_payload_len(attr) != sizeof(*handle))
		return false;
	memcpy(handle, mnl_attr_get_payload(attr), sizeof(*handle));
	*handle = be64toh(*handle);
	return true;
}

static bool is_number(const struct nlattr *nest, uint16_t type, uint32_t wanted)
{
	uint32_t number;

	return nft_number(nest, type, &number) && number == wanted;
}

/* The bytes in an attribute, if they are as many as were loaded. */
static const uint8_t *find_bytes(const struct expressions *e, const struct nlattr *data,
				 uint16_t type)
{
	const struct nlattr *attr = nft_find(nft_find(data, type), NFTA_DATA_VALUE);

	return attr && mnl_attr_get_payload_len(attr) == e->len ? mnl_attr_get_payload(attr) : NULL;
}

/* What our rules never do. */
static bool differ(struct expressions *e)
{
	e->rule->differs = true;
	return false;
}

static bool start_load(struct expressions *e, enum loaded what, uint32_t len)
{
	if (e->loaded || e->compared & 1u << what || e->ended || len == 0 || len > sizeof(e->mask))
		return differ(e);
	e->loaded = what;
	e->len = len;
	e->masked = false;
	memset(e->mask, 0xff, sizeof(e->mask));
	return true;
}

static bool read_meta(struct expressions *e, const struct nlattr *data)
{
	uint32_t key;

	if (!nft_number(data, NFTA_META_KEY, &key) || !nft_number(data, NFTA_META_DREG, &e->reg))
		return differ(e);
	switch (key) {
	case NFT_META_L4PROTO:
		return start_load(e, PROTOCOL, 1);
	/* -i and -o, which the programs print. */
	case NFT_META_IIFNAME:
	case NFT_META_OIFNAME:
		return false;
	default:
		return differ(e);
	}
}

/* nft writes `fib daddr type' for -m addrtype --dst-type. */
static bool read_fib(struct expressions *e, const struct nlattr *data)
{
	e->rule->foreign = true;
	return is_number(data, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE) &&
	       is_number(data, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR) &&
	       nft_number(data, NFTA_FIB_DREG, &e->reg) &&
	       start_load(e, DESTINATION_TYPE, sizeof(uint32_t));
}

static bool read_payload(struct expressions *e, const struct nlattr *data)
{
	bool ipv4 = e->family == IPMASQ_IPV4;
	uint32_t offset;
	uint32_t len;

	if (!is_number(data, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER) ||
	    !nft_number(data, NFTA_PAYLOAD_OFFSET, &offset) ||
	    !nft_number(data, NFTA_PAYLOAD_LEN, &len) ||
	    !nft_number(data, NFTA_PAYLOAD_DREG, &e->reg) || len > (ipv4 ? 4 : 16))
		return differ(e);
	/* -p for IPv4 by iptables-nft 1.8.10 and later. For IPv6, where other headers may come
	 * first, it is still the protocol that the kernel found. */
	if (ipv4 && offset == 9 && len == 1)
		return start_load(e, PROTOCOL, len);
	if (offset == (ipv4 ? 12 : 8))
		return start_load(e, SOURCE, len);
	return offset == (ipv4 ? 16 : 24) ? start_load(e, DESTINATION, len) : differ(e);
}

static bool read_bitwise(struct expressions *e, const struct nlattr *data)
{
	static const uint8_t zeroes[sizeof(e->mask)];
	const uint8_t *mask = find_bytes(e, data, NFTA_BITWISE_MASK);
	const uint8_t *flip = find_bytes(e, data, NFTA_BITWISE_XOR);

	if ((e->loaded != SOURCE && e->loaded != DESTINATION) || e->masked || !mask || !flip ||
	    memcmp(flip, zeroes, e->len) != 0 || !is_number(data, NFTA_BITWISE_SREG, e->reg) ||
	    !is_number(data, NFTA_BITWISE_DREG, e->reg) ||
	    !is_number(data, NFTA_BITWISE_LEN, e->len) ||
	    (nft_find(data, NFTA_BITWISE_OP) &&
	     !is_number(data, NFTA_BITWISE_OP, NFT_BITWISE_BOOL)))
		return differ(e);
	e->masked = true;
	memcpy(e->mask, mask, e->len);
	return true;
}

static bool read_cmp(struct expressions *e, const struct nlattr *data)
{
	static const uint32_t local = RTN_LOCAL;
	struct rule *rule = &e->rule->seen.rule;
	const uint8_t *with = find_bytes(e, data, NFTA_CMP_DATA);
	enum loaded what = e->loaded;

	/* What was loaded is not known either. */
	if (!what)
		return false;
	if (!with || !is_number(data, NFTA_CMP_SREG, e->reg) ||
	    !is_number(data, NFTA_CMP_OP, what == DESTINATION_TYPE ? NFT_CMP_NEQ : NFT_CMP_EQ))
		return differ(e);
	e->loaded = NOTHING;
	e->compared |= 1u << what;
	if (what == DESTINATION_TYPE) {
		rule->not_local = memcmp(with, &local, sizeof(local)) == 0;
		return rule->not_local;
	}
	if (what == PROTOCOL) {
		rule->proto = *with;
		return xt_is_protocol(rule->proto);
	}
	return xt_read_prefix(e->family, with, e->mask, e->len,
			      what == SOURCE ? &rule->src : &rule->dst);
}

static bool read_counter(struct expressions *e, const struct nlattr *data)
{
	(void)data;
	return !e->ended;
}

static bool read_match(struct expressions *e, const struct nlattr *data)
{
	const char *name = nft_text(data, NFTA_MATCH_NAME);
	const struct nlattr *info = nft_find(data, NFTA_MATCH_INFO);
	uint32_t revision;

	return name && info && nft_number(data, NFTA_MATCH_REV, &revision) && !e->ended &&
	       xt_read_match(&e->rule->seen, name, revision, mnl_attr_get_payload(info),
			     mnl_attr_get_payload_len(info));
}

static bool read_target(struct expressions *e, const struct nlattr *data)
{
	const char *name = nft_text(data, NFTA_TARGET_NAME);
	const struct nlattr *info = nft_find(data, NFTA_TARGET_INFO);
	bool ended = e->ended;
	uint32_t revision;

	e->ended = true;
	e->rule->rewrites |= !name || target_rewrites(name);
	return name && info && nft_number(data, NFTA_TARGET_REV, &revision) && !ended &&
	       strcmp(name, "MASQUERADE") == 0 &&
	       xt_read_masquerade(&e->rule->seen, revision, mnl_attr_get_payload(info),
				  mnl_attr_get_payload_len(info));
}

static bool read_immediate(struct expressions *e, const struct nlattr *data)
{
	const struct nlattr *verdict =
		nft_find(nft_find(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);
	bool ended = e->ended;
	uint32_t code;

	e->ended = true;
	/* Data that is no verdict is for maps and the like, which iptables does not write. */
	if (!verdict || !nft_number(verdict, NFTA_VERDICT_CODE, &code)) {
		e->rule->foreign = true;
		return false;
	}
	e->rule->chain = nft_text(verdict, NFTA_VERDICT_CHAIN);
	e->rule->is_goto = (int32_t)code == NFT_GOTO;
	switch ((int32_t)code) {
	case NFT_RETURN:
		e->rule->seen.rule.target = TARGET_RETURN;
		return !ended;
	case NFT_JUMP:
	case NFT_GOTO:
		return !ended && e->rule->chain;
	default:
		return false;
	}
}

static bool read_range(struct expressions *e, const struct nlattr *data)
{
	(void)data;
	return differ(e);
}

static bool read_masquerade(struct expressions *e, const struct nlattr *data)
{
	(void)data;
	e->ended = true;
	e->rule->foreign = true;
	e->rule->rewrites = true;
	return false;
}

static bool read_nat(struct expressions *e, const struct nlattr *data)
{
	e->ended = true;
	e->rule->foreign = true;
	e->rule->rewrites |= is_number(data, NFTA_NAT_TYPE, NFT_NAT_SNAT);
	return false;
}

/* The expressions that iptables-nft writes, and what nft makes of some; iptables-nft may refuse a
 * table with others. */
static const struct {
	const char *name;
	bool (*read)(struct expressions *e, const struct nlattr *data);
} readers[] = {
	{ "payload", read_payload }, { "cmp", read_cmp },
	{ "counter", read_counter }, { "immediate", read_immediate },
	{ "match", read_match },     { "target", read_target },
	{ "bitwise", read_bitwise }, { "meta", read_meta },
	{ "range", read_range },     { "fib", read_fib },
	{ "masq", read_masquerade }, { "nat", read_nat },
};

static bool read_expression(struct expressions *e, const struct nlattr *expression)
{
	const char *name = nft_text(expression, NFTA_EXPR_NAME);

	for (size_t i = 0; i < ARRAY_SIZE(readers) && name; i++) {
		bool known;

		if (strcmp(name, readers[i].name) != 0)
			continue;
		known = readers[i].read(e, nft_find(expression, NFTA_EXPR_DATA));
		e->rule->addresses &= known || e->ended || readers[i].read == read_match;
		return known;
	}
	e->rule->foreign = true;
	e->rule->addresses = false;
	return false;
}

void nft_rule_read(enum ipmasq_family family, const struct nlattr *expressions,
		   struct nft_rule *rule)
{
	struct expressions e = { .family = family, .rule = rule };
	struct nlattr *attr;

	*rule = (struct nft_rule){ .seen.rule = rule_any(family),
				   .known = expressions != NULL,
				   .addresses = expressions != NULL };
	rule->seen.rule.target = TARGET_OTHER;
	if (!expressions)
		return;
	mnl_attr_for_each_nested(attr, expressions)
		rule->known &= read_expression(&e, attr);
	rule->differs |= rule->foreign || e.loaded != NOTHING;
	rule->known &= e.ended && e.loaded == NOTHING;
	rule->addresses &= e.loaded == NOTHING;
}
