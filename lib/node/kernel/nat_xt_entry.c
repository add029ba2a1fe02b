/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses, interfaces and protocol of a rule of iptables, in its words. */
#include <net/if.h>
#include <netinet/in.h>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdio.h>
#include <string.h>

#include "node/kernel/nat_xt.h"
#include "node/kernel/xt.h"

#define NOT(negated) ((negated) ? " !" : "")

const char *nat_protocol_name(unsigned int protocol, char room[NAT_PROTOCOL_TEXT_MAX])
{
	static const struct {
		unsigned int number;
		const char *name;
	} names[] = {
		{ IPPROTO_TCP, "tcp" },
		{ IPPROTO_UDP, "udp" },
		{ IPPROTO_ICMP, "icmp" },
		{ IPPROTO_SCTP, "sctp" },
		{ IPPROTO_ICMPV6, "ipv6-icmp" },
		{ IPPROTO_ESP, "esp" },
		{ IPPROTO_AH, "ah" },
		{ IPPROTO_GRE, "gre" },
		{ IPPROTO_IPIP, "ipencap" },
		{ IPPROTO_DCCP, "dccp" },
		{ IPPROTO_UDPLITE, "udplite" },
		{ IPPROTO_IGMP, "igmp" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].number == protocol)
			return names[i].name;
	snprintf(room, NAT_PROTOCOL_TEXT_MAX, "%u", protocol);
	return room;
}

struct nat_condition nat_on_protocol(unsigned int protocol, bool negated)
{
	struct nat_condition condition = { .kind = NAT_ON_IP_PROTOCOL, .negated = negated };

	condition.protocols[protocol / 64 % 4] = UINT64_C(1) << protocol % 64;
	return condition;
}

struct addr nat_last(enum ipmasq_family family, struct addr address)
{
	struct addr mask = addr_mask(family_bits(family));

	return (struct addr){ address.hi | ~mask.hi, address.lo | ~mask.lo };
}

/* A mask that is no prefix, which iptables takes too. */
static void add_masked(struct nat_draft *draft, enum ipmasq_family family, enum nat_slot slot,
		       const uint8_t *address, const uint8_t *mask, bool negated)
{
	char texts[2][PREFIX_TEXT_MAX];

	addr_format(family, addr_from_bytes(family, address), texts[0]);
	addr_format(family, addr_from_bytes(family, mask), texts[1]);
	nat_draft_add_unknown(draft, slot, "%s %s %s/%s", NOT(negated),
			      slot == NAT_SLOT_SOURCE ? "-s" : "-d", texts[0], texts[1]);
}

void nat_xt_prefix(struct nat_draft *draft, enum ipmasq_family family, bool is_source,
		   const uint8_t *address, const uint8_t *mask, bool negated)
{
	enum nat_slot slot = is_source ? NAT_SLOT_SOURCE : NAT_SLOT_DESTINATION;
	struct nat_condition condition = {
		.kind = is_source ? NAT_ON_SOURCE : NAT_ON_DESTINATION,
		.negated = negated,
	};
	char text[PREFIX_TEXT_MAX];
	struct prefix prefix;

	if (!xt_read_prefix(family, address, mask, family_bits(family) / 8, &prefix)) {
		add_masked(draft, family, slot, address, mask, negated);
		return;
	}
	if (prefix.len == 0 && !negated)
		return;
	condition.set = nat_draft_new_range(draft, family, prefix.addr, prefix_last(&prefix));
	prefix_format(&prefix, text);
	nat_draft_add(draft, &condition, slot, "%s %s %s", NOT(negated), is_source ? "-s" : "-d",
		      text);
}

void nat_xt_protocol(struct nat_draft *draft, unsigned int protocol, bool negated)
{
	const struct nat_condition condition = nat_on_protocol(protocol, negated);
	char room[NAT_PROTOCOL_TEXT_MAX];

	nat_draft_add(draft, &condition, NAT_SLOT_PROTOCOL, "%s -p %s", NOT(negated),
		      nat_protocol_name(protocol, room));
}

void nat_xt_interface(struct nat_draft *draft, bool is_in, const char *name, size_t len,
		      bool is_start, bool negated)
{
	struct nat_condition condition = {
		.kind = is_in ? NAT_ON_IN_INTERFACE : NAT_ON_OUT_INTERFACE,
		.negated = negated,
		.interface.is_start = is_start,
	};

	len = strnlen(name, len);
	condition.interface.name = nat_draft_text(draft, name, len);
	nat_draft_add(draft, &condition, is_in ? NAT_SLOT_IN : NAT_SLOT_OUT, "%s %s %.*s%s",
		      NOT(negated), is_in ? "-i" : "-o", (int)len, name, is_start ? "+" : "");
}

/* The mask has ones for the bytes that are compared: the NUL too, unless many names may match. An
 * empty mask is no condition. */
static void add_interface(struct nat_draft *draft, bool is_in, const char *name,
			  const unsigned char *mask, bool negated)
{
	size_t len = 0;

	while (len < IFNAMSIZ && mask[len])
		len++;
	if (len > 0)
		nat_xt_interface(draft, is_in, name, len, !memchr(name, '\0', len), negated);
}

static void add_ipv4(struct nat_draft *draft, const struct ipt_ip *ip)
{
	nat_xt_prefix(draft, IPMASQ_IPV4, true, (const uint8_t *)&ip->src,
		      (const uint8_t *)&ip->smsk, ip->invflags & IPT_INV_SRCIP);
	nat_xt_prefix(draft, IPMASQ_IPV4, false, (const uint8_t *)&ip->dst,
		      (const uint8_t *)&ip->dmsk, ip->invflags & IPT_INV_DSTIP);
	add_interface(draft, true, ip->iniface, ip->iniface_mask, ip->invflags & IPT_INV_VIA_IN);
	add_interface(draft, false, ip->outiface, ip->outiface_mask,
		      ip->invflags & IPT_INV_VIA_OUT);
	if (ip->proto)
		nat_xt_protocol(draft, ip->proto & 0xff, ip->invflags & IPT_INV_PROTO);
	if (ip->flags & IPT_F_FRAG)
		nat_draft_add_unknown(draft, NAT_SLOT_PROTOCOL, "%s -f",
				      NOT(ip->invflags & IPT_INV_FRAG));
}

static void add_ipv6(struct nat_draft *draft, const struct ip6t_ip6 *ip)
{
	nat_xt_prefix(draft, IPMASQ_IPV6, true, (const uint8_t *)&ip->src,
		      (const uint8_t *)&ip->smsk, ip->invflags & IP6T_INV_SRCIP);
	nat_xt_prefix(draft, IPMASQ_IPV6, false, (const uint8_t *)&ip->dst,
		      (const uint8_t *)&ip->dmsk, ip->invflags & IP6T_INV_DSTIP);
	add_interface(draft, true, ip->iniface, ip->iniface_mask, ip->invflags & IP6T_INV_VIA_IN);
	add_interface(draft, false, ip->outiface, ip->outiface_mask,
		      ip->invflags & IP6T_INV_VIA_OUT);
	if (ip->flags & IP6T_F_PROTO && ip->proto)
		nat_xt_protocol(draft, ip->proto & 0xff, ip->invflags & IP6T_INV_PROTO);
	if (ip->flags & IP6T_F_TOS)
		nat_draft_add_unknown(draft, NAT_SLOT_PROTOCOL, "%s -m tos ...",
				      NOT(ip->invflags & IP6T_INV_TOS));
}

void nat_xt_entry(struct nat_draft *draft, enum ipmasq_family family, const void *part)
{
	if (family == IPMASQ_IPV4)
		add_ipv4(draft, part);
	else
		add_ipv6(draft, part);
}
