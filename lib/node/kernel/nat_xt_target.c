/* SPDX-License-Identifier: Apache-2.0 */
/* What targets of xtables do to a packet, and their words as iptables-save has them. */
#include <arpa/inet.h>

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_mark.h>
#include <string.h>

#include "node/kernel/nat_xt.h"
#include "node/kernel/xt.h"

/* What the two structures for source NAT say. */
struct nat_range {
	unsigned int flags;
	struct addr first;
	struct addr last;
	uint16_t port_first;
	uint16_t port_last;
};

/* Revision 0 of IPv4 has a structure of its own; that of revision 1 and of IPv6 is the beginning of
 * the one of revision 2. */
static bool take_range(const struct nat_xt *xt, struct nat_range *range)
{
	struct nf_nat_ipv4_multi_range_compat ranges;
	struct nf_nat_range one;

	if (xt->family == IPMASQ_IPV4 && xt->revision == 0) {
		if (!nat_xt_take(xt, &ranges, sizeof(ranges)) || ranges.rangesize != 1)
			return false;
		range->flags = ranges.range[0].flags;
		range->first = addr_from_bytes(IPMASQ_IPV4, &ranges.range[0].min_ip);
		range->last = addr_from_bytes(IPMASQ_IPV4, &ranges.range[0].max_ip);
		range->port_first = ntohs(ranges.range[0].min.all);
		range->port_last = ntohs(ranges.range[0].max.all);
		return true;
	}
	if (!nat_xt_take(xt, &one, sizeof(one)))
		return false;
	range->flags = one.flags;
	range->first = addr_from_bytes(xt->family, &one.min_addr);
	range->last = addr_from_bytes(xt->family, &one.max_addr);
	range->port_first = ntohs(one.min_proto.all);
	range->port_last = ntohs(one.max_proto.all);
	return true;
}

static void say_ports(struct nat_draft *draft, const char *before, const struct nat_range *range)
{
	if (!(range->flags & NF_NAT_RANGE_PROTO_SPECIFIED))
		return;
	nat_draft_say(draft, NAT_SLOT_TARGET, "%s%u", before, range->port_first);
	if (range->port_last != range->port_first)
		nat_draft_say(draft, NAT_SLOT_TARGET, "-%u", range->port_last);
}

static void say_flags(struct nat_draft *draft, const struct nat_range *range)
{
	static const struct {
		unsigned int flag;
		const char *option;
	} flags[] = {
		{ NF_NAT_RANGE_PROTO_RANDOM, " --random" },
		{ NF_NAT_RANGE_PROTO_RANDOM_FULLY, " --random-fully" },
		{ NF_NAT_RANGE_PERSISTENT, " --persistent" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (range->flags & flags[i].flag)
			nat_draft_say(draft, NAT_SLOT_TARGET, "%s", flags[i].option);
}

static bool read_masquerade(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct nat_range range;

	draft->rule.verdict = NAT_MASQUERADE;
	if (!take_range(xt, &range))
		return false;
	say_ports(draft, " --to-ports ", &range);
	say_flags(draft, &range);
	return true;
}

static bool read_snat(struct nat_draft *draft, const struct nat_xt *xt)
{
	char text[PREFIX_TEXT_MAX];
	struct nat_range range;

	draft->rule.verdict = NAT_SNAT;
	if (!take_range(xt, &range))
		return false;
	nat_draft_say(draft, NAT_SLOT_TARGET, " --to-source ");
	if (range.flags & NF_NAT_RANGE_MAP_IPS) {
		bool brackets = xt->family == IPMASQ_IPV6 &&
				range.flags & NF_NAT_RANGE_PROTO_SPECIFIED;

		draft->rule.to_known = true;
		draft->rule.to_first = range.first;
		draft->rule.to_last = range.last;
		addr_format(xt->family, range.first, text);
		nat_draft_say(draft, NAT_SLOT_TARGET, "%s%s", brackets ? "[" : "", text);
		addr_format(xt->family, range.last, text);
		if (!addr_equal(range.first, range.last))
			nat_draft_say(draft, NAT_SLOT_TARGET, "-%s", text);
		nat_draft_say(draft, NAT_SLOT_TARGET, "%s", brackets ? "]" : "");
	}
	say_ports(draft, ":", &range);
	say_flags(draft, &range);
	return true;
}

/* The range holds the first and the last address of the prefix. */
static bool read_netmap(struct nat_draft *draft, const struct nat_xt *xt)
{
	char text[PREFIX_TEXT_MAX];
	struct nat_range range;
	struct prefix prefix;

	if (!take_range(xt, &range))
		return false;
	prefix = prefix_from_range(xt->family, range.first, nat_last(xt->family, range.last));
	if (!addr_equal(prefix_last(&prefix), nat_last(xt->family, range.last)))
		return false;
	draft->rule.verdict = NAT_NETMAP;
	draft->rule.to_prefix = prefix;
	prefix_format(&prefix, text);
	nat_draft_say(draft, NAT_SLOT_TARGET, " --to %s", text);
	return true;
}

/* Anything else that it does to a connection leaves the addresses. */
static bool read_ct(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct xt_ct_target_info info;

	if (!nat_xt_take(xt, &info, offsetof(struct xt_ct_target_info, ct)))
		return false;
	if (!(info.flags & XT_CT_NOTRACK)) {
		draft->rule.verdict = NAT_CONTINUE;
		return false;
	}
	draft->rule.verdict = NAT_NOTRACK;
	nat_draft_say(draft, NAT_SLOT_TARGET, " --notrack");
	return true;
}

static bool read_notrack(struct nat_draft *draft, const struct nat_xt *xt)
{
	(void)xt;
	draft->rule.verdict = NAT_NOTRACK;
	return true;
}

static bool read_mark(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct xt_mark_tginfo2 info;

	draft->rule.verdict = NAT_CONTINUE;
	if (!nat_xt_take(xt, &info, sizeof(info)))
		return false;
	nat_draft_say(draft, NAT_SLOT_TARGET, " --set-xmark 0x%x/0x%x", info.mark, info.mask);
	return true;
}

static bool read_connmark(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct xt_connmark_tginfo1 info;
	struct xt_connmark_tginfo2 shifted;
	unsigned int mode;

	draft->rule.verdict = NAT_CONTINUE;
	if (!nat_xt_take(xt, &info, sizeof(info)))
		return false;
	mode = info.mode;
	if (xt->revision > 1) {
		if (!nat_xt_take(xt, &shifted, sizeof(shifted)) || shifted.shift_bits)
			return false;
		mode = shifted.mode;
	}
	if (mode == XT_CONNMARK_SET)
		nat_draft_say(draft, NAT_SLOT_TARGET, " --set-xmark 0x%x/0x%x", info.ctmark,
			      info.ctmask);
	else
		nat_draft_say(draft, NAT_SLOT_TARGET, " %s --nfmask 0x%x --ctmask 0x%x",
			      mode == XT_CONNMARK_SAVE ? "--save-mark" : "--restore-mark",
			      info.nfmask, info.ctmask);
	return true;
}

static const struct {
	const char *name;
	/* What it does, whatever its options. */
	enum nat_verdict verdict;
	/* Reads the options; false: they have no words here. NULL: never. */
	bool (*read)(struct nat_draft *draft, const struct nat_xt *xt);
} targets[] = {
	{ "MASQUERADE", NAT_MASQUERADE, read_masquerade },
	{ "SNAT", NAT_SNAT, read_snat },
	{ "NETMAP", NAT_UNKNOWN, read_netmap },
	{ "CT", NAT_UNKNOWN, read_ct },
	{ "NOTRACK", NAT_NOTRACK, read_notrack },
	{ "MARK", NAT_CONTINUE, read_mark },
	{ "CONNMARK", NAT_CONTINUE, read_connmark },
	{ "LOG", NAT_CONTINUE, nat_xt_log },
	{ "REJECT", NAT_DROP, NULL },
	{ "NFQUEUE", NAT_QUEUE, NULL },
	{ "QUEUE", NAT_QUEUE, NULL },
	{ "AUDIT", NAT_CONTINUE, NULL },
	{ "CHECKSUM", NAT_CONTINUE, NULL },
	{ "CLASSIFY", NAT_CONTINUE, NULL },
	{ "CONNSECMARK", NAT_CONTINUE, NULL },
	{ "DSCP", NAT_CONTINUE, NULL },
	{ "HL", NAT_CONTINUE, NULL },
	{ "HMARK", NAT_CONTINUE, NULL },
	{ "IDLETIMER", NAT_CONTINUE, NULL },
	{ "LED", NAT_CONTINUE, NULL },
	{ "NFLOG", NAT_CONTINUE, NULL },
	{ "RATEEST", NAT_CONTINUE, NULL },
	{ "SECMARK", NAT_CONTINUE, NULL },
	{ "SET", NAT_CONTINUE, NULL },
	{ "TCPMSS", NAT_CONTINUE, NULL },
	{ "TCPOPTSTRIP", NAT_CONTINUE, NULL },
	{ "TEE", NAT_CONTINUE, NULL },
	{ "TOS", NAT_CONTINUE, NULL },
	{ "TRACE", NAT_CONTINUE, NULL },
	{ "TTL", NAT_CONTINUE, NULL },
	{ "ULOG", NAT_CONTINUE, NULL },
};

void nat_xt_target(struct nat_draft *draft, const struct nat_xt *xt)
{
	bool said = false;

	nat_draft_say(draft, NAT_SLOT_TARGET, " -j %.29s", xt->name);
	draft->rule.verdict = NAT_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		if (strcmp(xt->name, targets[i].name) != 0)
			continue;
		draft->rule.verdict = targets[i].verdict;
		said = targets[i].read && targets[i].read(draft, xt);
		break;
	}
	if (!said)
		nat_draft_say(draft, NAT_SLOT_TARGET, " ...");
}
