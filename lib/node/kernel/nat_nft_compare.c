/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule of nf_tables compares, as conditions of a model: one value or range of each field. */
#include <arpa/inet.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "node/kernel/nat_interfaces.h"
#include "node/kernel/nat_nft_rule.h"

static bool in_iptables(const struct nat_nft_rule *r)
{
	return r->words == NAT_WORDS_IPTABLES;
}

void nat_nft_forget_implied(struct nat_nft_rule *r)
{
	struct buf *text = &r->draft->slots[NAT_SLOT_REST];

	if (!in_iptables(r) && r->implied_end > r->implied_from && text->len == r->implied_end)
		text->len = r->implied_from;
	r->implied_from = 0;
	r->implied_end = 0;
}

static void note_implied(struct nat_nft_rule *r, size_t from)
{
	r->implied_from = from;
	r->implied_end = nat_draft_mark(r->draft, NAT_SLOT_REST);
}

static void to_hex(const uint8_t *bytes, size_t len, char text[2 * NAT_LOAD_BYTES + 3])
{
	strcpy(text, "0x");
	for (size_t i = 0; i < len && i < NAT_LOAD_BYTES; i++)
		snprintf(text + 2 + 2 * i, 3, "%02x", bytes[i]);
}

static bool is_whole(const uint8_t *mask, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (mask[i] != 0xff)
			return false;
	return true;
}

static bool is_one(const struct nat_value *v, size_t len)
{
	return memcmp(v->first, v->last, len) == 0;
}

/* A comparison that the model cannot hold. */
static void add_unknown(struct nat_nft_rule *r, const struct nat_load *load,
			const struct nat_value *v)
{
	size_t len = load->len < NAT_LOAD_BYTES ? load->len : NAT_LOAD_BYTES;
	char than[2 * NAT_LOAD_BYTES + 3];
	char mask[2 * NAT_LOAD_BYTES + 3];

	r->no_words = true;
	to_hex(v->than, len, than);
	to_hex(load->mask, len, mask);
	if (is_whole(load->mask, len))
		nat_draft_add_unknown(r->draft, NAT_SLOT_REST, " %s %s%s", load->name, v->sign,
				      than);
	else
		nat_draft_add_unknown(r->draft, NAT_SLOT_REST, " %s & %s %s%s", load->name, mask,
				      *v->sign ? v->sign : "== ", than);
}

bool nat_nft_address_range(const struct nat_load *load, const struct nat_value *v,
			   struct addr *first, struct addr *last)
{
	uint8_t low[16] = { 0 };
	uint8_t high[16];
	bool one = is_one(v, load->len);
	bool in_mask = true;

	memset(high, 0xff, sizeof(high));
	memcpy(low, v->first, load->len);
	memcpy(high, v->last, load->len);
	if (!is_whole(load->mask, load->len)) {
		for (uint32_t i = 0; i < load->len; i++) {
			in_mask &= !(low[i] & ~load->mask[i]);
			high[i] = (uint8_t)(low[i] | ~load->mask[i]);
		}
		/* Ones, and then only zeroes. */
		for (uint32_t i = 0; i < load->len; i++) {
			uint8_t rest = (uint8_t)~load->mask[i];

			one &= !(rest & (rest + 1)) &&
			       (i == 0 || load->mask[i] == 0 || load->mask[i - 1] == 0xff);
		}
		if (!one || !in_mask)
			return false;
	}
	*first = addr_from_bytes(load->family, low);
	*last = nat_last(load->family, addr_from_bytes(load->family, high));
	return true;
}

void nat_nft_format_range(enum ipmasq_family family, struct addr first, struct addr last,
			  char text[2 * PREFIX_TEXT_MAX])
{
	struct prefix prefix = prefix_from_range(family, first, last);
	size_t len;

	if (addr_equal(first, last) ||
	    (addr_equal(prefix_last(&prefix), last) && prefix.len == family_bits(family))) {
		addr_format(family, first, text);
	} else if (addr_equal(prefix_last(&prefix), last)) {
		prefix_format(&prefix, text);
	} else {
		len = addr_format(family, first, text);
		text[len++] = '-';
		addr_format(family, last, text + len);
	}
}

static void add_address(struct nat_nft_rule *r, const struct nat_load *load,
			const struct nat_value *v)
{
	bool is_source = load->field == NAT_FIELD_SOURCE;
	struct nat_condition condition = {
		.kind = is_source ? NAT_ON_SOURCE : NAT_ON_DESTINATION,
		.negated = v->negated,
	};
	char text[2 * PREFIX_TEXT_MAX];
	struct prefix prefix;
	struct addr first;
	struct addr last;

	if (!nat_nft_address_range(load, v, &first, &last)) {
		add_unknown(r, load, v);
		return;
	}
	condition.set = nat_draft_new_range(r->draft, load->family, first, last);
	prefix = prefix_from_range(load->family, first, last);
	nat_nft_forget_implied(r);
	if (in_iptables(r) && addr_equal(prefix_last(&prefix), last)) {
		prefix_format(&prefix, text);
		nat_draft_add(r->draft, &condition,
			      is_source ? NAT_SLOT_SOURCE : NAT_SLOT_DESTINATION, "%s %s %s",
			      v->negated ? " !" : "", is_source ? "-s" : "-d", text);
		return;
	}
	r->no_words = true;
	nat_nft_format_range(load->family, first, last, text);
	nat_draft_add(r->draft, &condition, NAT_SLOT_REST, " %s %s%s", load->name,
		      v->negated ? "!= " : "", text);
}

static void add_port(struct nat_nft_rule *r, const struct nat_load *load, const struct nat_value *v)
{
	bool is_source = load->field == NAT_FIELD_SOURCE_PORT;
	const struct nat_ports ports = {
		.first = (uint16_t)(v->first[0] << 8 | v->first[1]),
		.last = (uint16_t)(v->last[0] << 8 | v->last[1]),
	};
	struct nat_condition condition = {
		.kind = is_source ? NAT_ON_SOURCE_PORT : NAT_ON_DESTINATION_PORT,
		.negated = v->negated,
		.ports.count = 1,
	};
	char room[NAT_PROTOCOL_TEXT_MAX];
	const char *protocol =
		r->registers.protocol ? nat_protocol_name(r->registers.protocol, room) : "th";
	char text[16];

	if (!is_whole(load->mask, load->len)) {
		add_unknown(r, load, v);
		return;
	}
	condition.ports.ranges = nat_draft_ports(r->draft, &ports, 1);
	nat_nft_forget_implied(r);
	if (ports.first == ports.last)
		snprintf(text, sizeof(text), "%u", ports.first);
	else
		snprintf(text, sizeof(text), "%u%c%u", ports.first, in_iptables(r) ? ':' : '-',
			 ports.last);
	if (in_iptables(r)) {
		nat_draft_add(r->draft, &condition, NAT_SLOT_REST, "%s%s%s --%s %s",
			      r->said_match ? "" : " -m ", r->said_match ? "" : protocol,
			      v->negated ? " !" : "", load->name, text);
		r->said_match = true;
	} else {
		nat_draft_add(r->draft, &condition, NAT_SLOT_REST, " %s %s %s%s", protocol,
			      load->name, v->negated ? "!= " : "", text);
	}
}

static void add_protocol(struct nat_nft_rule *r, const struct nat_load *load,
			 const struct nat_value *v)
{
	struct nat_condition condition = nat_on_protocol(v->first[0], v->negated);
	size_t from = nat_draft_mark(r->draft, NAT_SLOT_REST);
	char room[NAT_PROTOCOL_TEXT_MAX];

	if (!is_whole(load->mask, load->len) || !is_one(v, 1)) {
		add_unknown(r, load, v);
		return;
	}
	if (!v->negated)
		r->registers.protocol = v->first[0];
	if (in_iptables(r)) {
		nat_xt_protocol(r->draft, v->first[0], v->negated);
		return;
	}
	nat_nft_forget_implied(r);
	nat_draft_add(r->draft, &condition, NAT_SLOT_REST, " %s %s%s", load->name, v->sign,
		      nat_protocol_name(v->first[0], room));
	if (!v->negated)
		note_implied(r, from);
}

static void add_interface(struct nat_nft_rule *r, const struct nat_load *load, bool is_in,
			  const char *name, size_t len, bool is_start, bool negated)
{
	struct nat_condition condition = {
		.kind = is_in ? NAT_ON_IN_INTERFACE : NAT_ON_OUT_INTERFACE,
		.negated = negated,
		.interface.is_start = is_start,
	};

	if (in_iptables(r)) {
		nat_xt_interface(r->draft, is_in, name, len, is_start, negated);
		return;
	}
	condition.interface.name = nat_draft_text(r->draft, name, len);
	nat_draft_add(r->draft, &condition, NAT_SLOT_REST, " %s %s\"%.*s%s\"", load->name,
		      negated ? "!= " : "", (int)len, name, is_start ? "*" : "");
}

/* A comparison of fewer bytes than a name may have is one of how it begins. */
static void add_name(struct nat_nft_rule *r, const struct nat_load *load, const struct nat_value *v)
{
	const char *name = (const char *)v->first;
	size_t len = strnlen(name, load->len);

	if (!is_one(v, load->len) || !is_whole(load->mask, len)) {
		add_unknown(r, load, v);
		return;
	}
	add_interface(r, load, load->field == NAT_FIELD_IN_NAME, name, len,
		      len == load->len || !is_whole(load->mask, load->len), v->negated);
}

/* Index 0 stands for no interface, which is an empty name. */
static void add_index(struct nat_nft_rule *r, const struct nat_load *load,
		      const struct nat_value *v)
{
	const char *name = "";
	uint32_t index;

	memcpy(&index, v->first, sizeof(index));
	if (index)
		name = r->interfaces ? nat_interface_name(r->interfaces, index) : NULL;
	if (!is_one(v, load->len) || !is_whole(load->mask, load->len) || !name) {
		add_unknown(r, load, v);
		return;
	}
	r->no_words = true;
	add_interface(r, load, load->field == NAT_FIELD_IN_INDEX, name, strlen(name), false,
		      v->negated);
}

/* Numbers in registers have the order of the machine. */
static uint32_t number_of(const uint8_t *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return number;
}

static void add_mark(struct nat_nft_rule *r, const struct nat_load *load, const struct nat_value *v)
{
	bool of_packet = load->field == NAT_FIELD_MARK;
	const struct nat_condition condition = {
		.kind = of_packet ? NAT_ON_PACKET_MARK : NAT_ON_CONNECTION_MARK,
		.negated = v->negated,
		.mark = { number_of(v->first), number_of(load->mask) },
	};
	char mask[16] = "";

	if (!is_one(v, load->len)) {
		add_unknown(r, load, v);
		return;
	}
	if (in_iptables(r)) {
		if (condition.mark.mask != UINT32_MAX)
			snprintf(mask, sizeof(mask), "/0x%x", condition.mark.mask);
		nat_draft_add(r->draft, &condition, NAT_SLOT_REST, " -m %s%s --mark 0x%x%s",
			      of_packet ? "mark" : "connmark", v->negated ? " !" : "",
			      condition.mark.number, mask);
	} else if (condition.mark.mask == UINT32_MAX) {
		nat_draft_add(r->draft, &condition, NAT_SLOT_REST, " %s %s0x%08x", load->name,
			      v->sign, condition.mark.number);
	} else {
		nat_draft_add(r->draft, &condition, NAT_SLOT_REST, " %s & 0x%08x %s0x%08x",
			      load->name, condition.mark.mask,
			      *v->sign ? v->sign : "== ", condition.mark.number);
	}
}

struct bit_name {
	uint32_t bit;
	unsigned int meaning;
	const char *name;
};

static const struct bit_name states[] = {
	{ NF_CT_STATE_INVALID_BIT, NAT_STATE_INVALID, "invalid" },
	{ NF_CT_STATE_BIT(IP_CT_ESTABLISHED), NAT_STATE_ESTABLISHED, "established" },
	{ NF_CT_STATE_BIT(IP_CT_RELATED), NAT_STATE_RELATED, "related" },
	{ NF_CT_STATE_BIT(IP_CT_NEW), NAT_STATE_NEW, "new" },
	{ NF_CT_STATE_UNTRACKED_BIT, NAT_STATE_UNTRACKED, "untracked" },
};

/* Other bits of the status have no meaning for addresses. */
static const struct bit_name statuses[] = {
	{ IPS_SRC_NAT, NAT_STATE_SNAT, "snat" },
	{ IPS_DST_NAT, NAT_STATE_DNAT, "dnat" },
};

static void add_bits(struct nat_nft_rule *r, const struct nat_load *load, const struct nat_value *v,
		     const struct bit_name *names, size_t count)
{
	struct nat_condition condition = { .kind = NAT_ON_CONNECTION_STATE };
	uint32_t mask = number_of(load->mask);
	uint32_t value = number_of(v->first);
	/* `state & bits != 0' is what nft writes for a list. */
	uint32_t bits = value ? value : mask;
	char text[64] = "";

	condition.negated = value ? v->negated : !v->negated;
	for (size_t i = 0; i < count; i++) {
		if (!(bits & names[i].bit))
			continue;
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", *text ? "," : "",
			 names[i].name);
		condition.states |= names[i].meaning;
		bits &= ~names[i].bit;
	}
	/* One of several bits is not all of them. */
	if (bits || !condition.states || !is_one(v, load->len) ||
	    (value && (value & ~mask || (value & (value - 1))))) {
		add_unknown(r, load, v);
		return;
	}
	r->no_words = true;
	nat_draft_add(r->draft, &condition, NAT_SLOT_REST, " %s %s%s", load->name,
		      condition.negated ? "!= " : "", text);
}

static void add_state(struct nat_nft_rule *r, const struct nat_load *load,
		      const struct nat_value *v)
{
	add_bits(r, load, v, states, ARRAY_SIZE(states));
}

static void add_status(struct nat_nft_rule *r, const struct nat_load *load,
		       const struct nat_value *v)
{
	add_bits(r, load, v, statuses, ARRAY_SIZE(statuses));
}

/* All addresses of a family are a condition like that. */
static void add_family(struct nat_nft_rule *r, const struct nat_load *load,
		       const struct nat_value *v)
{
	bool ipv4 = v->first[0] == NFPROTO_IPV4;
	enum ipmasq_family family = ipv4 != v->negated ? IPMASQ_IPV4 : IPMASQ_IPV6;
	struct nat_condition condition = { .kind = NAT_ON_SOURCE };
	size_t from = nat_draft_mark(r->draft, NAT_SLOT_REST);

	if (!is_one(v, load->len) || (!ipv4 && v->first[0] != NFPROTO_IPV6)) {
		add_unknown(r, load, v);
		return;
	}
	r->no_words = true;
	condition.set = nat_draft_new_range(r->draft, family, (struct addr){ 0, 0 },
					    (struct addr){ UINT64_MAX, UINT64_MAX });
	r->registers.family_known = true;
	r->registers.family = family;
	nat_draft_add(r->draft, &condition, NAT_SLOT_REST, " %s %s%s", load->name, v->sign,
		      ipv4 ? "ipv4" : "ipv6");
	if (!v->negated)
		note_implied(r, from);
}

/* Without a socket the rule does not match, negated or not. */
static void add_owner(struct nat_nft_rule *r, const struct nat_load *load,
		      const struct nat_value *v)
{
	const struct nat_condition condition = { .kind = NAT_ON_SOCKET_OWNER };

	r->no_words = true;
	nat_draft_add(r->draft, &condition, NAT_SLOT_REST, " %s %s%u", load->name, v->sign,
		      number_of(v->than));
}

static void add_type(struct nat_nft_rule *r, const struct nat_load *load, const struct nat_value *v)
{
	static const struct {
		const char *name;
		unsigned int type;
	} types[] = {
		[RTN_UNSPEC] = { "unspec", NAT_ADDRESS_OTHER },
		[RTN_UNICAST] = { "unicast", NAT_ADDRESS_UNICAST },
		[RTN_LOCAL] = { "local", NAT_ADDRESS_LOCAL },
		[RTN_BROADCAST] = { "broadcast", NAT_ADDRESS_BROADCAST },
		[RTN_ANYCAST] = { "anycast", NAT_ADDRESS_OTHER },
		[RTN_MULTICAST] = { "multicast", NAT_ADDRESS_MULTICAST },
		[RTN_BLACKHOLE] = { "blackhole", NAT_ADDRESS_OTHER },
		[RTN_UNREACHABLE] = { "unreachable", NAT_ADDRESS_OTHER },
		[RTN_PROHIBIT] = { "prohibit", NAT_ADDRESS_OTHER },
	};
	bool is_source = load->field == NAT_FIELD_SOURCE_TYPE;
	struct nat_condition condition = {
		.kind = is_source ? NAT_ON_SOURCE_TYPE : NAT_ON_DESTINATION_TYPE,
		.negated = v->negated,
	};
	uint32_t number = number_of(v->first);

	if (number >= ARRAY_SIZE(types) || !is_one(v, load->len) ||
	    !is_whole(load->mask, load->len)) {
		add_unknown(r, load, v);
		return;
	}
	r->no_words = true;
	condition.address_types = types[number].type;
	nat_draft_add(r->draft, &condition, NAT_SLOT_REST, " %s %s%s", load->name, v->sign,
		      types[number].name);
}

static void add_chance(struct nat_nft_rule *r, const struct nat_load *load,
		       const struct nat_value *v)
{
	const struct nat_condition condition = { .kind = NAT_ON_STATISTIC };

	r->no_words = true;
	nat_draft_add(r->draft, &condition, NAT_SLOT_REST, " %s %s%u", load->name, v->sign,
		      number_of(v->than));
}

static void (*const adders[NAT_FIELDS])(struct nat_nft_rule *r, const struct nat_load *load,
					const struct nat_value *value) = {
	[NAT_FIELD_SOURCE] = add_address,	 [NAT_FIELD_DESTINATION] = add_address,
	[NAT_FIELD_PROTOCOL] = add_protocol,	 [NAT_FIELD_SOURCE_PORT] = add_port,
	[NAT_FIELD_DESTINATION_PORT] = add_port, [NAT_FIELD_IN_INDEX] = add_index,
	[NAT_FIELD_OUT_INDEX] = add_index,	 [NAT_FIELD_IN_NAME] = add_name,
	[NAT_FIELD_OUT_NAME] = add_name,	 [NAT_FIELD_MARK] = add_mark,
	[NAT_FIELD_CONNECTION_MARK] = add_mark,	 [NAT_FIELD_STATE] = add_state,
	[NAT_FIELD_STATUS] = add_status,	 [NAT_FIELD_FAMILY] = add_family,
	[NAT_FIELD_OWNER] = add_owner,		 [NAT_FIELD_SOURCE_TYPE] = add_type,
	[NAT_FIELD_DESTINATION_TYPE] = add_type, [NAT_FIELD_CHANCE] = add_chance,
};

/* Whether what was loaded from the packet consists of parts that a model knows. Only an exact
 * comparison can be taken apart. */
static size_t count_parts(const struct nat_load *load, const struct nat_value *v)
{
	size_t count = 0;
	uint32_t at = 0;

	while (at < load->len) {
		const struct nat_load part = nat_nft_load_part(load, at);

		if (!adders[part.field] || part.len == 0)
			return 0;
		at += part.len;
		count++;
	}
	return count > 1 && (v->negated || !is_one(v, load->len)) ? 0 : count;
}

void nat_nft_compare(struct nat_nft_rule *r, const struct nat_load *load, const struct nat_value *v)
{
	uint32_t at = 0;

	if (load->len > NAT_LOAD_BYTES || count_parts(load, v) == 0) {
		add_unknown(r, load, v);
		return;
	}
	while (at < load->len) {
		const struct nat_load part = nat_nft_load_part(load, at);
		struct nat_value value = { .negated = v->negated, .sign = v->sign };

		memcpy(value.first, v->first + at, part.len);
		memcpy(value.last, v->last + at, part.len);
		memcpy(value.than, v->than + at, part.len);
		adders[part.field](r, &part, &value);
		at += part.len;
	}
}
