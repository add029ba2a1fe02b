/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses, interfaces and protocol of a rule that is not ours, as iptables would write them.
 */
#include "node/kernel/conditions.h"

#include <net/if.h>
#include <netinet/in.h>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdio.h>
#include <string.h>

#include "node/kernel/xt.h"

static char *place_for(struct conditions *conditions, enum condition which, bool is_not)
{
	if (*conditions->of[which].text) {
		conditions->more = true;
		return NULL;
	}
	conditions->of[which].is_not = is_not;
	return conditions->of[which].text;
}

void condition_set_prefix(struct conditions *conditions, enum condition which,
			  enum ipmasq_family family, const uint8_t *address, const uint8_t *mask,
			  size_t len, bool is_not)
{
	struct prefix prefix;
	char *text;

	if (!xt_read_prefix(family, address, mask, len, &prefix)) {
		conditions->more = true;
		return;
	}
	if (prefix.len == 0 && !is_not)
		return;
	text = place_for(conditions, which, is_not);
	if (text)
		prefix_format(&prefix, text);
}

void condition_set_interface(struct conditions *conditions, enum condition which, const char *name,
			     size_t len, bool is_start, bool is_not)
{
	char *text = place_for(conditions, which, is_not);

	if (text)
		snprintf(text, PREFIX_TEXT_MAX, "%.*s%s", (int)strnlen(name, len), name,
			 is_start ? "+" : "");
}

void condition_set_protocol(struct conditions *conditions, unsigned int protocol, bool is_not)
{
	static const struct {
		unsigned int number;
		const char *name;
	} names[] = {
		{ IPPROTO_TCP, "tcp" },	  { IPPROTO_UDP, "udp" }, { IPPROTO_SCTP, "sctp" },
		{ IPPROTO_ICMP, "icmp" }, { IPPROTO_ESP, "esp" }, { IPPROTO_ICMPV6, "ipv6-icmp" },
	};
	char *text = place_for(conditions, CONDITION_PROTOCOL, is_not);

	if (!text)
		return;
	snprintf(text, PREFIX_TEXT_MAX, "%u", protocol);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].number == protocol)
			snprintf(text, PREFIX_TEXT_MAX, "%s", names[i].name);
}

/* The mask has ones for the bytes that are compared: the NUL too, unless many names may match. */
static void set_legacy_interface(struct conditions *conditions, enum condition which,
				 const char *name, const unsigned char *mask, bool is_not)
{
	size_t len = 0;

	while (len < IFNAMSIZ && mask[len])
		len++;
	if (len > 0)
		condition_set_interface(conditions, which, name, len, !memchr(name, '\0', len),
					is_not);
}

static void read_ipv4(const struct ipt_ip *ip, struct conditions *c)
{
	if (ip->flags & ~IPT_F_GOTO || ip->invflags & IPT_INV_FRAG)
		c->more = true;
	condition_set_prefix(c, CONDITION_SOURCE, IPMASQ_IPV4, (const uint8_t *)&ip->src,
			     (const uint8_t *)&ip->smsk, 4, ip->invflags & IPT_INV_SRCIP);
	condition_set_prefix(c, CONDITION_DESTINATION, IPMASQ_IPV4, (const uint8_t *)&ip->dst,
			     (const uint8_t *)&ip->dmsk, 4, ip->invflags & IPT_INV_DSTIP);
	set_legacy_interface(c, CONDITION_IN, ip->iniface, ip->iniface_mask,
			     ip->invflags & IPT_INV_VIA_IN);
	set_legacy_interface(c, CONDITION_OUT, ip->outiface, ip->outiface_mask,
			     ip->invflags & IPT_INV_VIA_OUT);
	if (ip->proto)
		condition_set_protocol(c, ip->proto, ip->invflags & IPT_INV_PROTO);
}

static void read_ipv6(const struct ip6t_ip6 *ip, struct conditions *c)
{
	if (ip->flags & IP6T_F_TOS)
		c->more = true;
	condition_set_prefix(c, CONDITION_SOURCE, IPMASQ_IPV6, (const uint8_t *)&ip->src,
			     (const uint8_t *)&ip->smsk, 16, ip->invflags & IP6T_INV_SRCIP);
	condition_set_prefix(c, CONDITION_DESTINATION, IPMASQ_IPV6, (const uint8_t *)&ip->dst,
			     (const uint8_t *)&ip->dmsk, 16, ip->invflags & IP6T_INV_DSTIP);
	set_legacy_interface(c, CONDITION_IN, ip->iniface, ip->iniface_mask,
			     ip->invflags & IP6T_INV_VIA_IN);
	set_legacy_interface(c, CONDITION_OUT, ip->outiface, ip->outiface_mask,
			     ip->invflags & IP6T_INV_VIA_OUT);
	if (ip->flags & IP6T_F_PROTO)
		condition_set_protocol(c, ip->proto, ip->invflags & IP6T_INV_PROTO);
}

void legacy_conditions(enum ipmasq_family family, const void *part, struct conditions *conditions)
{
	*conditions = (struct conditions){ .more = false };
	if (family == IPMASQ_IPV4)
		read_ipv4(part, conditions);
	else
		read_ipv6(part, conditions);
}
