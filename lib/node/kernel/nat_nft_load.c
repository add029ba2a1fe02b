/* SPDX-License-Identifier: Apache-2.0 */
/* What the registers of nf_tables hold while a rule is read. */
#include "node/kernel/nat_nft_load.h"

#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

#include "node/kernel/nft_rule.h"

#define NO_BASE UINT32_MAX

/* A register of 16 bytes is four of 4. */
struct nat_load *nat_nft_register(struct nat_nft_registers *r, const struct nlattr *data,
				  uint16_t type)
{
	uint32_t number;

	if (!nft_number(data, type, &number))
		return NULL;
	if (number >= NFT_REG_1 && number <= NFT_REG_4)
		return &r->loads[(number - NFT_REG_1) * 4];
	if (number >= NFT_REG32_00 && number <= NFT_REG32_15)
		return &r->loads[number - NFT_REG32_00];
	return NULL;
}

static struct nat_load *start_load(struct nat_nft_registers *r, const struct nlattr *data,
				   uint16_t type, enum nat_field field, uint32_t len)
{
	struct nat_load *load = nat_nft_register(r, data, type);

	if (!load)
		return NULL;
	*load = (struct nat_load){
		.field = len > 0 && len <= NAT_LOAD_BYTES ? field : NAT_FIELD_OTHER,
		.len = len,
		.base = NO_BASE,
	};
	memset(load->mask, 0xff, sizeof(load->mask));
	return load;
}

static void name_load(struct nat_load *load, const char *name)
{
	snprintf(load->name, sizeof(load->name), "%s", name);
}

#define ANY_FAMILY 2

/* The parts of a packet that a model knows. */
static const struct {
	uint32_t base;
	/* enum ipmasq_family, or ANY_FAMILY. */
	unsigned int family;
	uint32_t offset;
	uint32_t len;
	enum nat_field field;
	const char *name;
} parts[] = {
	{ NFT_PAYLOAD_NETWORK_HEADER, IPMASQ_IPV4, 12, 4, NAT_FIELD_SOURCE, "ip saddr" },
	{ NFT_PAYLOAD_NETWORK_HEADER, IPMASQ_IPV4, 16, 4, NAT_FIELD_DESTINATION, "ip daddr" },
	{ NFT_PAYLOAD_NETWORK_HEADER, IPMASQ_IPV4, 9, 1, NAT_FIELD_PROTOCOL, "ip protocol" },
	{ NFT_PAYLOAD_NETWORK_HEADER, IPMASQ_IPV6, 8, 16, NAT_FIELD_SOURCE, "ip6 saddr" },
	{ NFT_PAYLOAD_NETWORK_HEADER, IPMASQ_IPV6, 24, 16, NAT_FIELD_DESTINATION, "ip6 daddr" },
	{ NFT_PAYLOAD_NETWORK_HEADER, IPMASQ_IPV6, 6, 1, NAT_FIELD_PROTOCOL, "ip6 nexthdr" },
	{ NFT_PAYLOAD_TRANSPORT_HEADER, ANY_FAMILY, 0, 2, NAT_FIELD_SOURCE_PORT, "sport" },
	{ NFT_PAYLOAD_TRANSPORT_HEADER, ANY_FAMILY, 2, 2, NAT_FIELD_DESTINATION_PORT, "dport" },
};

struct nat_load nat_nft_load_part(const struct nat_load *load, uint32_t at)
{
	struct nat_load part = *load;

	if (load->base == NO_BASE || load->field == NAT_FIELD_OTHER || at >= load->len) {
		part.field = at == 0 ? load->field : NAT_FIELD_OTHER;
		return part;
	}
	part.field = NAT_FIELD_OTHER;
	part.len = load->len - at;
	memset(part.mask, 0xff, sizeof(part.mask));
	memcpy(part.mask, load->mask + at, part.len);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (parts[i].base != load->base || parts[i].offset != load->offset + at ||
		    (parts[i].family != ANY_FAMILY && parts[i].family != load->family))
			continue;
		part.field = parts[i].field;
		part.len = part.len < parts[i].len ? part.len : parts[i].len;
		name_load(&part, parts[i].name);
	}
	/* A part of a port or protocol is none. */
	if (part.field >= NAT_FIELD_PROTOCOL &&
	    part.len != (part.field == NAT_FIELD_PROTOCOL ? 1 : 2))
		part.field = NAT_FIELD_OTHER;
	return part;
}

bool nat_nft_load_payload(struct nat_nft_registers *r, const struct nlattr *data)
{
	static const char *const bases[] = { "ll", "nh", "th", "ih" };
	uint32_t base = 0;
	uint32_t offset = 0;
	uint32_t len = 0;
	struct nat_load *load;

	if (!nft_find(data, NFTA_PAYLOAD_DREG))
		return false;
	nft_number(data, NFTA_PAYLOAD_BASE, &base);
	nft_number(data, NFTA_PAYLOAD_OFFSET, &offset);
	nft_number(data, NFTA_PAYLOAD_LEN, &len);
	load = start_load(r, data, NFTA_PAYLOAD_DREG, NAT_FIELD_SOURCE, len);
	if (!load)
		return true;
	snprintf(load->name, sizeof(load->name), "@%s,%u,%u",
		 base < ARRAY_SIZE(bases) ? bases[base] : "?", offset * 8, len * 8);
	load->base = base;
	load->offset = offset;
	load->family = r->family;
	/* Where the family is not known, an offset may be anything. */
	if (base == NFT_PAYLOAD_NETWORK_HEADER && !r->family_known)
		load->field = NAT_FIELD_OTHER;
	return true;
}

struct key_name {
	uint32_t key;
	enum nat_field field;
	uint32_t len;
	const char *name;
};

static bool load_key(struct nat_nft_registers *r, const struct nlattr *data, uint16_t key_type,
		     uint16_t register_type, const struct key_name *names, size_t count,
		     const char *group)
{
	struct nat_load *load;
	uint32_t key = UINT32_MAX;

	if (!nft_find(data, register_type))
		return false;
	nft_number(data, key_type, &key);
	load = start_load(r, data, register_type, NAT_FIELD_OTHER, 4);
	if (!load)
		return true;
	snprintf(load->name, sizeof(load->name), "%s %u", group, key);
	for (size_t i = 0; i < count; i++) {
		if (names[i].key != key)
			continue;
		load->field = names[i].field;
		load->len = names[i].len;
		name_load(load, names[i].name);
	}
	return true;
}

bool nat_nft_load_meta(struct nat_nft_registers *r, const struct nlattr *data)
{
	static const struct key_name names[] = {
		{ NFT_META_IIF, NAT_FIELD_IN_INDEX, 4, "iif" },
		{ NFT_META_OIF, NAT_FIELD_OUT_INDEX, 4, "oif" },
		{ NFT_META_IIFNAME, NAT_FIELD_IN_NAME, 16, "iifname" },
		{ NFT_META_OIFNAME, NAT_FIELD_OUT_NAME, 16, "oifname" },
		{ NFT_META_MARK, NAT_FIELD_MARK, 4, "meta mark" },
		{ NFT_META_L4PROTO, NAT_FIELD_PROTOCOL, 1, "meta l4proto" },
		{ NFT_META_NFPROTO, NAT_FIELD_FAMILY, 1, "meta nfproto" },
		{ NFT_META_SKUID, NAT_FIELD_OWNER, 4, "meta skuid" },
		{ NFT_META_SKGID, NAT_FIELD_OWNER, 4, "meta skgid" },
		{ NFT_META_PRANDOM, NAT_FIELD_CHANCE, 4, "meta random" },
		{ NFT_META_LEN, NAT_FIELD_OTHER, 4, "meta length" },
		{ NFT_META_PROTOCOL, NAT_FIELD_OTHER, 2, "meta protocol" },
		{ NFT_META_PRIORITY, NAT_FIELD_OTHER, 4, "meta priority" },
		{ NFT_META_IFTYPE, NAT_FIELD_OTHER, 2, "iiftype" },
		{ NFT_META_OIFTYPE, NAT_FIELD_OTHER, 2, "oiftype" },
		{ NFT_META_RTCLASSID, NAT_FIELD_OTHER, 4, "rtclassid" },
		{ NFT_META_PKTTYPE, NAT_FIELD_OTHER, 1, "meta pkttype" },
		{ NFT_META_CPU, NAT_FIELD_OTHER, 4, "meta cpu" },
		{ NFT_META_IIFGROUP, NAT_FIELD_OTHER, 4, "iifgroup" },
		{ NFT_META_OIFGROUP, NAT_FIELD_OTHER, 4, "oifgroup" },
		{ NFT_META_CGROUP, NAT_FIELD_OTHER, 4, "meta cgroup" },
		{ NFT_META_SECPATH, NAT_FIELD_OTHER, 1, "meta ipsec" },
		{ NFT_META_TIME_NS, NAT_FIELD_OTHER, 8, "meta time" },
		{ NFT_META_TIME_DAY, NAT_FIELD_OTHER, 1, "meta day" },
		{ NFT_META_TIME_HOUR, NAT_FIELD_OTHER, 4, "meta hour" },
	};

	return load_key(r, data, NFTA_META_KEY, NFTA_META_DREG, names, ARRAY_SIZE(names), "meta");
}

bool nat_nft_load_ct(struct nat_nft_registers *r, const struct nlattr *data)
{
	static const struct key_name names[] = {
		{ NFT_CT_STATE, NAT_FIELD_STATE, 4, "ct state" },
		{ NFT_CT_STATUS, NAT_FIELD_STATUS, 4, "ct status" },
		{ NFT_CT_MARK, NAT_FIELD_CONNECTION_MARK, 4, "ct mark" },
		{ NFT_CT_DIRECTION, NAT_FIELD_OTHER, 1, "ct direction" },
		{ NFT_CT_HELPER, NAT_FIELD_OTHER, 16, "ct helper" },
		{ NFT_CT_L3PROTOCOL, NAT_FIELD_OTHER, 1, "ct l3proto" },
		{ NFT_CT_PROTOCOL, NAT_FIELD_OTHER, 1, "ct protocol" },
		{ NFT_CT_SRC, NAT_FIELD_OTHER, 16, "ct saddr" },
		{ NFT_CT_DST, NAT_FIELD_OTHER, 16, "ct daddr" },
		{ NFT_CT_SRC_IP, NAT_FIELD_OTHER, 4, "ct ip saddr" },
		{ NFT_CT_DST_IP, NAT_FIELD_OTHER, 4, "ct ip daddr" },
		{ NFT_CT_SRC_IP6, NAT_FIELD_OTHER, 16, "ct ip6 saddr" },
		{ NFT_CT_DST_IP6, NAT_FIELD_OTHER, 16, "ct ip6 daddr" },
		{ NFT_CT_PROTO_SRC, NAT_FIELD_OTHER, 2, "ct proto-src" },
		{ NFT_CT_PROTO_DST, NAT_FIELD_OTHER, 2, "ct proto-dst" },
		{ NFT_CT_ZONE, NAT_FIELD_OTHER, 2, "ct zone" },
		{ NFT_CT_LABELS, NAT_FIELD_OTHER, 16, "ct label" },
	};

	return load_key(r, data, NFTA_CT_KEY, NFTA_CT_DREG, names, ARRAY_SIZE(names), "ct");
}

/* The type of an address on one interface is not that of the address. */
bool nat_nft_load_fib(struct nat_nft_registers *r, const struct nlattr *data)
{
	uint32_t result = 0;
	uint32_t flags = 0;
	enum nat_field field = NAT_FIELD_OTHER;
	struct nat_load *load;

	nft_number(data, NFTA_FIB_RESULT, &result);
	nft_number(data, NFTA_FIB_FLAGS, &flags);
	if (result == NFT_FIB_RESULT_ADDRTYPE && flags == NFTA_FIB_F_SADDR)
		field = NAT_FIELD_SOURCE_TYPE;
	if (result == NFT_FIB_RESULT_ADDRTYPE && flags == NFTA_FIB_F_DADDR)
		field = NAT_FIELD_DESTINATION_TYPE;
	load = start_load(r, data, NFTA_FIB_DREG, field, 4);
	if (!load)
		return true;
	snprintf(load->name, sizeof(load->name), "fib %s%s%s%s %s",
		 flags & NFTA_FIB_F_SADDR ? "saddr" : "daddr",
		 flags & NFTA_FIB_F_MARK ? " . mark" : "", flags & NFTA_FIB_F_IIF ? " . iif" : "",
		 flags & NFTA_FIB_F_OIF ? " . oif" : "",
		 result == NFT_FIB_RESULT_ADDRTYPE  ? "type"
		 : result == NFT_FIB_RESULT_OIFNAME ? "oifname"
						    : "oif");
	return true;
}

/* The modulus has one number in both expressions, the destination register not. */
bool nat_nft_load_chance(struct nat_nft_registers *r, const struct nlattr *data)
{
	struct nat_load *load;
	uint32_t modulus = 0;
	uint32_t type = 0;

	nft_number(data, NFTA_NG_MODULUS, &modulus);
	nft_number(data, NFTA_NG_TYPE, &type);
	load = start_load(r, data, NFTA_NG_DREG, NAT_FIELD_CHANCE, 4);
	if (load)
		snprintf(load->name, sizeof(load->name), "numgen %s mod %u",
			 type == NFT_NG_RANDOM ? "random" : "inc", modulus);
	return true;
}

void nat_nft_load_other(struct nat_nft_registers *r, const struct nlattr *data, uint16_t type,
			const char *name)
{
	struct nat_load *load = start_load(r, data, type, NAT_FIELD_OTHER, NAT_LOAD_BYTES);

	if (load)
		name_load(load, name);
}

void nat_nft_load_constant(struct nat_nft_registers *r, const struct nlattr *data)
{
	const struct nlattr *value = nft_find(nft_find(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VALUE);
	size_t len = value ? mnl_attr_get_payload_len(value) : 0;
	struct nat_load *load = start_load(r, data, NFTA_IMMEDIATE_DREG, NAT_FIELD_CONSTANT,
					   len <= NAT_LOAD_BYTES ? (uint32_t)len : 0);

	if (load && load->field == NAT_FIELD_CONSTANT)
		memcpy(load->value, mnl_attr_get_payload(value), len);
}

static const struct nlattr *value_of(const struct nlattr *data, uint16_t type)
{
	return nft_find(nft_find(data, type), NFTA_DATA_VALUE);
}

static bool is_mask(const struct nat_load *load, const struct nlattr *data)
{
	static const uint8_t zeroes[NAT_LOAD_BYTES];
	const struct nlattr *mask = value_of(data, NFTA_BITWISE_MASK);
	const struct nlattr *flip = value_of(data, NFTA_BITWISE_XOR);
	uint32_t op = NFT_BITWISE_BOOL;

	nft_number(data, NFTA_BITWISE_OP, &op);
	return op == NFT_BITWISE_BOOL && mask && flip && load->len <= NAT_LOAD_BYTES &&
	       mnl_attr_get_payload_len(mask) == load->len &&
	       mnl_attr_get_payload_len(flip) == load->len &&
	       memcmp(mnl_attr_get_payload(flip), zeroes, load->len) == 0;
}

void nat_nft_load_bitwise(struct nat_nft_registers *r, const struct nlattr *data)
{
	const struct nat_load *from = nat_nft_register(r, data, NFTA_BITWISE_SREG);
	struct nat_load *to = nat_nft_register(r, data, NFTA_BITWISE_DREG);
	struct nat_load load;

	if (!from || !to)
		return;
	load = *from;
	if (is_mask(&load, data)) {
		const uint8_t *mask = mnl_attr_get_payload(value_of(data, NFTA_BITWISE_MASK));

		for (uint32_t i = 0; i < load.len; i++)
			load.mask[i] &= mask[i];
	} else {
		load.field = NAT_FIELD_OTHER;
	}
	*to = load;
}

/* Numbers in the order of the machine are put in that of the network before a range is looked for.
 */
void nat_nft_load_byteorder(struct nat_nft_registers *r, const struct nlattr *data)
{
	const struct nat_load *from = nat_nft_register(r, data, NFTA_BYTEORDER_SREG);
	struct nat_load *to = nat_nft_register(r, data, NFTA_BYTEORDER_DREG);

	if (!from || !to)
		return;
	*to = *from;
	to->field = NAT_FIELD_OTHER;
}
