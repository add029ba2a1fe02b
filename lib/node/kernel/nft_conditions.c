/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses, interfaces and protocol of a rule of nf_tables: a load into a register, a mask on
 * it and a comparison stand for each. */
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "node/kernel/conditions.h"
#include "node/kernel/nft_rule.h"

/* More than CONDITIONS for what has no words. */
#define NOTHING (CONDITIONS + 1)
#define OTHER	CONDITIONS

struct loading {
	enum ipmasq_family family;
	struct conditions *conditions;
	unsigned int what;
	size_t len;
	uint8_t mask[16];
};

static void load(struct loading *l, unsigned int what, size_t len)
{
	/* What was loaded before was compared in a way that has no words. */
	if (l->what != NOTHING)
		l->conditions->more = true;
	l->what = what;
	l->len = len;
	memset(l->mask, 0xff, sizeof(l->mask));
}

static void read_payload(struct loading *l, const struct nlattr *data)
{
	bool ipv4 = l->family == IPMASQ_IPV4;
	uint32_t base = 0;
	uint32_t offset = 0;
	uint32_t len = 0;
	unsigned int what = OTHER;

	nft_number(data, NFTA_PAYLOAD_BASE, &base);
	nft_number(data, NFTA_PAYLOAD_OFFSET, &offset);
	nft_number(data, NFTA_PAYLOAD_LEN, &len);
	if (base == NFT_PAYLOAD_NETWORK_HEADER && len > 0 && len <= (ipv4 ? 4 : 16)) {
		if (offset == (ipv4 ? 12 : 8))
			what = CONDITION_SOURCE;
		else if (offset == (ipv4 ? 16 : 24))
			what = CONDITION_DESTINATION;
		else if (ipv4 && offset == 9 && len == 1)
			what = CONDITION_PROTOCOL;
	}
	load(l, what, len);
}

static void read_meta(struct loading *l, const struct nlattr *data)
{
	uint32_t key = UINT32_MAX;

	nft_number(data, NFTA_META_KEY, &key);
	load(l,
	     key == NFT_META_IIFNAME   ? CONDITION_IN
	     : key == NFT_META_OIFNAME ? CONDITION_OUT
	     : key == NFT_META_L4PROTO ? CONDITION_PROTOCOL
				       : OTHER,
	     key == NFT_META_L4PROTO ? 1 : 0);
}

static const struct nlattr *value_of(const struct nlattr *data, uint16_t type)
{
	return nft_find(nft_find(data, type), NFTA_DATA_VALUE);
}

static void read_bitwise(struct loading *l, const struct nlattr *data)
{
	static const uint8_t zeroes[16];
	const struct nlattr *mask = value_of(data, NFTA_BITWISE_MASK);
	const struct nlattr *flip = value_of(data, NFTA_BITWISE_XOR);
	bool known = l->what <= CONDITION_DESTINATION && mask && flip &&
		     mnl_attr_get_payload_len(mask) == l->len &&
		     mnl_attr_get_payload_len(flip) == l->len &&
		     memcmp(mnl_attr_get_payload(flip), zeroes, l->len) == 0;

	if (known)
		memcpy(l->mask, mnl_attr_get_payload(mask), l->len);
	else
		l->what = OTHER;
}

static void compare(struct loading *l, const struct nlattr *value, bool is_not)
{
	const char *bytes = mnl_attr_get_payload(value);
	size_t len = mnl_attr_get_payload_len(value);

	if (l->what == CONDITION_IN || l->what == CONDITION_OUT)
		condition_set_interface(l->conditions, l->what, bytes, len,
					!memchr(bytes, '\0', len), is_not);
	else if (len != l->len || l->what >= OTHER)
		l->conditions->more = true;
	else if (l->what == CONDITION_PROTOCOL)
		condition_set_protocol(l->conditions, (uint8_t)*bytes, is_not);
	else
		condition_set_prefix(l->conditions, l->what, l->family, (const uint8_t *)bytes,
				     l->mask, len, is_not);
}

static void read_cmp(struct loading *l, const struct nlattr *data)
{
	const struct nlattr *value = value_of(data, NFTA_CMP_DATA);
	uint32_t how = UINT32_MAX;

	nft_number(data, NFTA_CMP_OP, &how);
	if (value && (how == NFT_CMP_EQ || how == NFT_CMP_NEQ))
		compare(l, value, how == NFT_CMP_NEQ);
	else
		l->conditions->more = true;
	l->what = NOTHING;
}

/* No conditions, or others have words for them. */
static void skip(struct loading *l, const struct nlattr *data)
{
	(void)l;
	(void)data;
}

static const struct {
	const char *name;
	void (*read)(struct loading *l, const struct nlattr *data);
} readers[] = {
	{ "payload", read_payload },
	{ "meta", read_meta },
	{ "bitwise", read_bitwise },
	{ "cmp", read_cmp },
	{ "match", skip },
	{ "counter", skip },
	{ "immediate", skip },
	{ "target", skip },
	{ "masq", skip },
	{ "nat", skip },
};

static void read_expression(struct loading *l, const struct nlattr *expression)
{
	const char *name = nft_text(expression, NFTA_EXPR_NAME);

	for (size_t i = 0; i < ARRAY_SIZE(readers) && name; i++)
		if (strcmp(name, readers[i].name) == 0) {
			readers[i].read(l, nft_find(expression, NFTA_EXPR_DATA));
			return;
		}
	l->conditions->more = true;
}

void nft_conditions(enum ipmasq_family family, const struct nlattr *expressions,
		    struct conditions *conditions)
{
	struct loading l = { .family = family, .conditions = conditions, .what = NOTHING };
	struct nlattr *attr;

	*conditions = (struct conditions){ .more = false };
	if (!expressions)
		return;
	mnl_attr_for_each_nested(attr, expressions)
		read_expression(&l, attr);
	conditions->more |= l.what != NOTHING;
}
