/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a rule of nf_tables into a model: its expressions one after the other, as the kernel would
 * evaluate them. */
#include "node/kernel/nat_nft_rule.h"

#include <arpa/inet.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <stdio.h>
#include <string.h>

#include "node/kernel/nft_rule.h"

static bool in_iptables(const struct nat_nft_rule *r)
{
	return r->words == NAT_WORDS_IPTABLES;
}

/* What is neither condition nor verdict. */
static void say(struct nat_nft_rule *r, const char *words)
{
	r->no_words = true;
	nat_draft_say(r->draft, NAT_SLOT_TARGET, " %s", words);
}

static int finish(struct nat_nft_rule *r)
{
	int error = nat_draft_end(r->draft, in_iptables(r) ? r->prefix : "");

	return error < 0 ? error : nat_add_rule(r->table, r->chain, &r->draft->rule);
}

/* Adds the conditions of one key of the choice. */
static void add_choice_key(struct nat_nft_rule *r, const struct nat_nft_element *element)
{
	const struct nat_condition unknown = { .kind = NAT_ON_UNKNOWN };
	uint8_t first[NAT_NFT_KEY_MAX];
	uint8_t last[NAT_NFT_KEY_MAX];

	nat_nft_element_range(r->choice, element, first, last);
	for (size_t i = 0; i < r->choice_count; i++) {
		const struct nat_nft_part *part = &r->choice_parts[i];
		struct nat_value value = { .sign = "" };

		memcpy(value.first, first + part->at, part->load.len);
		memcpy(value.last, last + part->at, part->load.len);
		memcpy(value.than, first + part->at, part->load.len);
		nat_nft_compare(r, &part->load, &value);
	}
	if (element->conditional)
		nat_draft_add(r->draft, &unknown, NAT_SLOT_REST, " what the element limits");
}

/* A rule for each key of the choice, with the same text. */
static int finish_choice(struct nat_nft_rule *r)
{
	struct nat_draft *draft = r->draft;
	const size_t count = draft->count;
	const size_t mark = nat_draft_mark(draft, NAT_SLOT_REST);
	int error = 0;

	for (size_t i = 0; i < r->choice->count && error == 0; i++) {
		add_choice_key(r, &r->choice->elements[i]);
		draft->slots[NAT_SLOT_REST].len = mark;
		error = finish(r);
		draft->count = count;
	}
	return error;
}

void nat_nft_rule_add(struct nat_nft_rule *r)
{
	/* It is read again with other words. */
	if (r->error || (in_iptables(r) && r->no_words))
		return;
	r->error = r->choice ? finish_choice(r) : finish(r);
}

static void read_value(const struct nlattr *data, uint16_t type, uint8_t *bytes, size_t len)
{
	const struct nlattr *attr = nft_find(nft_find(data, type), NFTA_DATA_VALUE);

	if (attr && mnl_attr_get_payload_len(attr) <= NAT_LOAD_BYTES)
		memcpy(bytes, mnl_attr_get_payload(attr),
		       len < mnl_attr_get_payload_len(attr) ? len : mnl_attr_get_payload_len(attr));
}

/* The length of what is compared, which for the name of an interface may be shorter. */
static uint32_t value_len(const struct nlattr *data, uint16_t type, const struct nat_load *load)
{
	const struct nlattr *attr = nft_find(nft_find(data, type), NFTA_DATA_VALUE);
	uint32_t len = attr ? mnl_attr_get_payload_len(attr) : 0;

	return len < load->len ? len : load->len;
}

/* Adds one to a number in network order, or subtracts one. False: there is none beyond. */
static bool step(uint8_t *bytes, size_t len, bool up)
{
	while (len > 0) {
		len--;
		if (up ? ++bytes[len] != 0 : bytes[len]-- != 0)
			return true;
	}
	return false;
}

/* A range of bytes in network order; false: nothing is in it. */
static bool range_of(uint32_t op, struct nat_value *v, size_t len)
{
	memcpy(v->first, v->than, len);
	memcpy(v->last, v->than, len);
	switch (op) {
	case NFT_CMP_LT:
	case NFT_CMP_LTE:
		memset(v->first, 0, len);
		return op == NFT_CMP_LTE || step(v->last, len, false);
	case NFT_CMP_GT:
	case NFT_CMP_GTE:
		memset(v->last, 0xff, len);
		return op == NFT_CMP_GTE || step(v->first, len, true);
	default:
		v->negated = op == NFT_CMP_NEQ;
		return true;
	}
}

/* nft writes a range as two comparisons. */
static void add_range(struct nat_nft_rule *r, const struct nlattr *data)
{
	r->has_low = false;
	read_value(data, NFTA_CMP_DATA, r->low.last, r->low_load.len);
	r->low.sign = "";
	nat_nft_compare(r, &r->low_load, &r->low);
}

/* Whether the expression is the upper end of the range that has begun. */
static bool ends_range(const struct nat_nft_rule *r, const char *name, const struct nlattr *data)
{
	uint32_t number;
	uint32_t op;

	return strcmp(name, "cmp") == 0 && nft_number(data, NFTA_CMP_SREG, &number) &&
	       number == r->low_register && nft_number(data, NFTA_CMP_OP, &op) && op == NFT_CMP_LTE;
}

/* A range without an upper end. */
static void add_low(struct nat_nft_rule *r)
{
	if (r->has_low)
		nat_nft_compare(r, &r->low_load, &r->low);
	r->has_low = false;
}

static void read_cmp(struct nat_nft_rule *r, const struct nlattr *data)
{
	static const char *const signs[] = {
		[NFT_CMP_EQ] = "",     [NFT_CMP_NEQ] = "!= ", [NFT_CMP_LT] = "< ",
		[NFT_CMP_LTE] = "<= ", [NFT_CMP_GT] = "> ",   [NFT_CMP_GTE] = ">= ",
	};
	const struct nat_load *load = nat_nft_register(&r->registers, data, NFTA_CMP_SREG);
	struct nat_value value = { .sign = "? " };
	struct nat_load compared;
	uint32_t op = UINT32_MAX;

	nft_number(data, NFTA_CMP_OP, &op);
	if (!load || op >= ARRAY_SIZE(signs)) {
		nat_draft_add_unknown(r->draft, NAT_SLOT_REST, " ...");
		return;
	}
	compared = *load;
	if (r->has_low && op == NFT_CMP_LTE) {
		add_range(r, data);
		return;
	}
	if (compared.len > NAT_LOAD_BYTES)
		compared.field = NAT_FIELD_OTHER;
	compared.len = value_len(data, NFTA_CMP_DATA, load);
	value.sign = signs[op];
	read_value(data, NFTA_CMP_DATA, value.than, compared.len);
	if (!range_of(op, &value, compared.len))
		compared.field = NAT_FIELD_OTHER;
	if (op == NFT_CMP_GTE && compared.field != NAT_FIELD_OTHER &&
	    nft_number(data, NFTA_CMP_SREG, &r->low_register)) {
		r->has_low = true;
		r->low_load = compared;
		r->low = value;
		return;
	}
	nat_nft_compare(r, &compared, &value);
}

static void read_range(struct nat_nft_rule *r, const struct nlattr *data)
{
	const struct nat_load *load = nat_nft_register(&r->registers, data, NFTA_RANGE_SREG);
	struct nat_value value = { .sign = "" };
	uint32_t op = NFT_RANGE_EQ;

	nft_number(data, NFTA_RANGE_OP, &op);
	if (!load || load->len > NAT_LOAD_BYTES) {
		nat_draft_add_unknown(r->draft, NAT_SLOT_REST, " ...");
		return;
	}
	value.negated = op == NFT_RANGE_NEQ;
	value.sign = value.negated ? "!= " : "";
	read_value(data, NFTA_RANGE_FROM_DATA, value.first, load->len);
	read_value(data, NFTA_RANGE_TO_DATA, value.last, load->len);
	memcpy(value.than, value.first, sizeof(value.than));
	nat_nft_compare(r, load, &value);
}

static void read_immediate(struct nat_nft_rule *r, const struct nlattr *data)
{
	const struct nlattr *verdict =
		nft_find(nft_find(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);

	if (!verdict)
		nat_nft_load_constant(&r->registers, data);
	else if (nat_nft_end(r, NAT_UNKNOWN))
		nat_nft_verdict(r, verdict);
}

/* A packet whose addresses are written over is none that the model knows. */
static void read_payload(struct nat_nft_rule *r, const struct nlattr *data)
{
	uint32_t base = 0;
	uint32_t offset = 0;

	if (nat_nft_load_payload(&r->registers, data))
		return;
	nft_number(data, NFTA_PAYLOAD_BASE, &base);
	nft_number(data, NFTA_PAYLOAD_OFFSET, &offset);
	say(r, "@nh ... set ...");
	if (base == NFT_PAYLOAD_NETWORK_HEADER && offset >= 8)
		nat_nft_end(r, NAT_UNKNOWN);
}

static void read_meta(struct nat_nft_rule *r, const struct nlattr *data)
{
	if (!nat_nft_load_meta(&r->registers, data))
		say(r, "meta ... set ...");
}

static void read_ct(struct nat_nft_rule *r, const struct nlattr *data)
{
	if (!nat_nft_load_ct(&r->registers, data))
		say(r, "ct ... set ...");
}

static void read_fib(struct nat_nft_rule *r, const struct nlattr *data)
{
	nat_nft_load_fib(&r->registers, data);
}

static void read_chance(struct nat_nft_rule *r, const struct nlattr *data)
{
	nat_nft_load_chance(&r->registers, data);
}

static void read_bitwise(struct nat_nft_rule *r, const struct nlattr *data)
{
	nat_nft_load_bitwise(&r->registers, data);
}

static void read_byteorder(struct nat_nft_rule *r, const struct nlattr *data)
{
	nat_nft_load_byteorder(&r->registers, data);
}

static void read_match(struct nat_nft_rule *r, const struct nlattr *data)
{
	const struct nlattr *info = nft_find(data, NFTA_MATCH_INFO);
	struct nat_xt xt = { .family = r->registers.family,
			     .ipsets = r->ipsets,
			     .name = nft_text(data, NFTA_MATCH_NAME) };

	if (!xt.name || !info || !nft_number(data, NFTA_MATCH_REV, &xt.revision)) {
		nat_draft_add_unknown(r->draft, NAT_SLOT_REST, " -m ...");
		return;
	}
	xt.info = mnl_attr_get_payload(info);
	xt.len = mnl_attr_get_payload_len(info);
	nat_xt_match(r->draft, &xt);
}

/* An object that may refuse packets is a condition. */
static void read_object(struct nat_nft_rule *r, const struct nlattr *data)
{
	uint32_t type = 0;

	nft_number(data, NFTA_OBJREF_IMM_TYPE, &type);
	r->no_words = true;
	if (type == NFT_OBJECT_QUOTA || type == NFT_OBJECT_LIMIT || type == NFT_OBJECT_CONNLIMIT)
		nat_draft_add_unknown(r->draft, NAT_SLOT_REST, " %s name ...",
				      type == NFT_OBJECT_QUOTA	 ? "quota"
				      : type == NFT_OBJECT_LIMIT ? "limit"
								 : "ct count");
}

static void read_nothing(struct nat_nft_rule *r, const struct nlattr *data)
{
	(void)r;
	(void)data;
}

enum kind {
	/* Read by a function. */
	BY_READER,
	/* Loads something that no model knows; `detail` is the type of the attribute with the
	 * register. */
	LOADS,
	/* A condition that no model knows. */
	TESTS,
	/* Does something that leaves addresses alone. */
	DOES,
	/* Ends the rule; `detail` is the verdict. */
	ENDS,
};

static const struct {
	const char *name;
	enum kind kind;
	unsigned int detail;
	void (*read)(struct nat_nft_rule *r, const struct nlattr *data);
} expressions[] = {
	{ "payload", BY_READER, 0, read_payload },
	{ "meta", BY_READER, 0, read_meta },
	{ "ct", BY_READER, 0, read_ct },
	{ "fib", BY_READER, 0, read_fib },
	{ "numgen", BY_READER, 0, read_chance },
	{ "bitwise", BY_READER, 0, read_bitwise },
	{ "byteorder", BY_READER, 0, read_byteorder },
	{ "cmp", BY_READER, 0, read_cmp },
	{ "range", BY_READER, 0, read_range },
	{ "lookup", BY_READER, 0, nat_nft_lookup },
	{ "immediate", BY_READER, 0, read_immediate },
	{ "match", BY_READER, 0, read_match },
	{ "target", BY_READER, 0, nat_nft_target },
	{ "masq", BY_READER, 0, nat_nft_masquerade },
	{ "nat", BY_READER, 0, nat_nft_nat },
	{ "objref", BY_READER, 0, read_object },
	{ "limit", BY_READER, 0, nat_nft_limit },
	{ "log", BY_READER, 0, nat_nft_log },
	{ "counter", BY_READER, 0, read_nothing },
	{ "last", BY_READER, 0, read_nothing },
	{ "exthdr", LOADS, NFTA_EXTHDR_DREG, NULL },
	{ "hash", LOADS, NFTA_HASH_DREG, NULL },
	{ "osf", LOADS, NFTA_OSF_DREG, NULL },
	{ "rt", LOADS, NFTA_RT_DREG, NULL },
	{ "socket", LOADS, NFTA_SOCKET_DREG, NULL },
	{ "tunnel", LOADS, NFTA_TUNNEL_DREG, NULL },
	{ "xfrm", LOADS, NFTA_XFRM_DREG, NULL },
	{ "connlimit", TESTS, 0, NULL },
	{ "quota", TESTS, 0, NULL },
	{ "dup", DOES, 0, NULL },
	{ "dynset", DOES, 0, NULL },
	{ "flow_offload", DOES, 0, NULL },
	{ "secmark", DOES, 0, NULL },
	{ "notrack", ENDS, NAT_NOTRACK, NULL },
	{ "queue", ENDS, NAT_QUEUE, NULL },
	{ "reject", ENDS, NAT_DROP, NULL },
};

static void read_by_kind(struct nat_nft_rule *r, size_t i, const struct nlattr *data)
{
	const char *name = expressions[i].name;

	switch (expressions[i].kind) {
	case BY_READER:
		expressions[i].read(r, data);
		break;
	case LOADS:
		nat_nft_load_other(&r->registers, data, (uint16_t)expressions[i].detail, name);
		break;
	case TESTS:
		nat_draft_add_unknown(r->draft, NAT_SLOT_REST, "%s %s ...",
				      in_iptables(r) ? " -m" : "", name);
		break;
	case DOES:
		say(r, name);
		break;
	case ENDS:
		if (nat_nft_end(r, (enum nat_verdict)expressions[i].detail))
			say(r, name);
		break;
	}
}

static void read_expression(struct nat_nft_rule *r, const struct nlattr *expression)
{
	const char *name = nft_text(expression, NFTA_EXPR_NAME);
	const struct nlattr *data = nft_find(expression, NFTA_EXPR_DATA);

	if (!name || !ends_range(r, name, data))
		add_low(r);
	for (size_t i = 0; i < ARRAY_SIZE(expressions) && name; i++)
		if (strcmp(name, expressions[i].name) == 0) {
			read_by_kind(r, i, data);
			return;
		}
	/* It may test, do or end anything. */
	r->no_words = true;
	nat_draft_add_unknown(r->draft, NAT_SLOT_REST, " %.31s ...", name ? name : "?");
	nat_nft_end(r, NAT_UNKNOWN);
}

/* iptables-nft and nft keep a comment beside the rule: a byte 0, the length, and the text with its
 * NUL, among other such records. */
static void read_comment(struct nat_nft_rule *r, const struct nlattr *userdata)
{
	const uint8_t *data = userdata ? mnl_attr_get_payload(userdata) : NULL;
	size_t left = userdata ? mnl_attr_get_payload_len(userdata) : 0;

	for (; left >= 2 && left - 2 >= data[1]; data += 2 + data[1]) {
		left -= 2u + data[1];
		if (data[0] != 0)
			continue;
		if (in_iptables(r)) {
			nat_xt_match(r->draft, &(struct nat_xt){ .name = "comment",
								 .info = data + 2,
								 .len = data[1] });
			return;
		}
		nat_draft_comment(r->draft, (const char *)data + 2,
				  strnlen((const char *)data + 2, data[1]));
		nat_draft_say(r->draft, NAT_SLOT_TARGET, " comment \"%s\"", r->draft->rule.comment);
		return;
	}
}

static void start(struct nat_nft_rule *r, size_t number, enum nat_words words)
{
	bool both = r->table->families == NAT_BOTH_FAMILIES;

	r->words = words;
	r->registers = (struct nat_nft_registers){
		.family_known = !both,
		.family = r->table->families == NAT_FAMILY(IPMASQ_IPV6) ? IPMASQ_IPV6 : IPMASQ_IPV4,
	};
	r->implied_from = 0;
	r->implied_end = 0;
	r->choice = NULL;
	r->has_low = false;
	r->said_match = false;
	r->no_words = false;
	r->ended = false;
	r->added = false;
	r->error = 0;
	nat_draft_begin(r->draft, words);
	r->draft->rule.number = number;
}

static void read_in_words(struct nat_nft_rule *r, size_t number, const struct nlattr *list,
			  const struct nlattr *userdata, enum nat_words words)
{
	struct nlattr *attr;

	start(r, number, words);
	/* A comment of iptables comes among the conditions, one of nft at the end. */
	if (in_iptables(r))
		read_comment(r, userdata);
	if (list)
		mnl_attr_for_each_nested(attr, list) {
			if (!r->added)
				read_expression(r, attr);
		}
	add_low(r);
	if (!in_iptables(r))
		read_comment(r, userdata);
	if (!r->added)
		nat_nft_rule_add(r);
}

int nat_nft_rule_read(struct nat_nft_rule *r, size_t number, const struct nlattr *list,
		      const struct nlattr *userdata)
{
	bool iptables = r->table->backend == NAT_IPTABLES_NFT;

	read_in_words(r, number, list, userdata, iptables ? NAT_WORDS_IPTABLES : NAT_WORDS_NFT);
	if (iptables && r->no_words && !r->error)
		read_in_words(r, number, list, userdata, NAT_WORDS_NFT);
	return r->draft->error ? r->draft->error : r->error;
}
