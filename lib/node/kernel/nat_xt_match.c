/* SPDX-License-Identifier: Apache-2.0 */
/* What matches of xtables add to a rule of a model, and their words as iptables-save has them. */
#include <arpa/inet.h>

#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_iprange.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_owner.h>
#include <linux/netfilter/xt_set.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_statistic.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <string.h>

#include "node/kernel/nat_xt.h"
#include "rules/script_words.h"

#define NOT(negated) ((negated) ? " !" : "")

bool nat_xt_take(const struct nat_xt *xt, void *to, size_t size)
{
	if (xt->len < size)
		return false;
	memcpy(to, xt->info, size);
	return true;
}

static bool read_comment(struct nat_draft *draft, const struct nat_xt *xt)
{
	CLEANUP(buf_release) struct buf quoted = BUF_INIT;
	size_t len = strnlen(xt->info, xt->len);
	char comment[257];
	char *const word[] = { comment };

	len = len < sizeof(comment) ? len : sizeof(comment) - 1;
	memcpy(comment, xt->info, len);
	comment[len] = '\0';
	script_join(&quoted, word, 1);
	if (quoted.error) {
		draft->error = -ENOMEM;
		return true;
	}
	nat_draft_say(draft, NAT_SLOT_REST, " -m comment --comment %s",
		      quoted.data ? quoted.data : "\"\"");
	nat_draft_comment(draft, comment, len);
	return true;
}

/* "0x4000/0x4000", and the mask only where it is not all ones. */
static void add_mark(struct nat_draft *draft, enum nat_condition_kind kind, const char *option,
		     uint32_t number, uint32_t mask, bool negated)
{
	const struct nat_condition condition = {
		.kind = kind,
		.negated = negated,
		.mark = { number, mask },
	};

	if (mask == UINT32_MAX)
		nat_draft_add(draft, &condition, NAT_SLOT_REST, "%s%s --mark 0x%x", option,
			      NOT(negated), number);
	else
		nat_draft_add(draft, &condition, NAT_SLOT_REST, "%s%s --mark 0x%x/0x%x", option,
			      NOT(negated), number, mask);
}

static bool read_mark(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct xt_mark_mtinfo1 info;

	if (!nat_xt_take(xt, &info, sizeof(info)))
		return false;
	add_mark(draft, NAT_ON_PACKET_MARK, " -m mark", info.mark, info.mask, info.invert);
	return true;
}

static bool read_connmark(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct xt_connmark_mtinfo1 info;

	if (!nat_xt_take(xt, &info, sizeof(info)))
		return false;
	add_mark(draft, NAT_ON_CONNECTION_MARK, " -m connmark", info.mark, info.mask, info.invert);
	return true;
}

struct bit_name {
	unsigned int bit;
	const char *name;
	/* As the model has it. */
	unsigned int meaning;
};

/* Writes the names of the bits, and returns what they mean. False: there are others. */
static bool name_bits(const struct bit_name *names, size_t count, unsigned int bits, char *text,
		      size_t size, unsigned int *meaning)
{
	size_t len = 0;

	*meaning = 0;
	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		size_t name_len = strlen(names[i].name);

		if (!(bits & names[i].bit) || len + name_len + 2 > size)
			continue;
		if (len > 0)
			text[len++] = ',';
		memcpy(text + len, names[i].name, name_len + 1);
		len += name_len;
		*meaning |= names[i].meaning;
		bits &= ~names[i].bit;
	}
	return bits == 0 && *meaning != 0;
}

static const struct bit_name states[] = {
	{ XT_CONNTRACK_STATE_INVALID, "INVALID", NAT_STATE_INVALID },
	{ XT_CONNTRACK_STATE_BIT(IP_CT_NEW), "NEW", NAT_STATE_NEW },
	{ XT_CONNTRACK_STATE_BIT(IP_CT_RELATED), "RELATED", NAT_STATE_RELATED },
	{ XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED), "ESTABLISHED", NAT_STATE_ESTABLISHED },
	{ XT_CONNTRACK_STATE_UNTRACKED, "UNTRACKED", NAT_STATE_UNTRACKED },
	{ XT_CONNTRACK_STATE_SNAT, "SNAT", NAT_STATE_SNAT },
	{ XT_CONNTRACK_STATE_DNAT, "DNAT", NAT_STATE_DNAT },
};

static bool add_states(struct nat_draft *draft, const char *match, const char *option,
		       unsigned int mask, bool negated)
{
	struct nat_condition condition = { .kind = NAT_ON_CONNECTION_STATE, .negated = negated };
	char text[96];

	if (!name_bits(states, ARRAY_SIZE(states), mask, text, sizeof(text), &condition.states))
		return false;
	nat_draft_add(draft, &condition, NAT_SLOT_REST, " -m %s%s %s %s", match, NOT(negated),
		      option, text);
	return true;
}

static bool read_state(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct xt_state_info info;

	return nat_xt_take(xt, &info, sizeof(info)) &&
	       add_states(draft, "state", "--state", info.statemask, false);
}

/* The flags and the masks stand at other places in revision 1. */
static bool read_conntrack(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct xt_conntrack_mtinfo1 one;
	struct xt_conntrack_mtinfo2 two;
	unsigned int match = 0;
	unsigned int invert = 0;
	unsigned int mask = 0;

	if (xt->revision == 1 && nat_xt_take(xt, &one, sizeof(one))) {
		match = one.match_flags;
		invert = one.invert_flags;
		mask = one.state_mask;
	} else if (xt->revision > 1 && nat_xt_take(xt, &two, sizeof(two))) {
		match = two.match_flags;
		invert = two.invert_flags;
		mask = two.state_mask;
	}
	if (match == (XT_CONNTRACK_STATE | XT_CONNTRACK_STATE_ALIAS))
		return add_states(draft, "state", "--state", mask, invert & XT_CONNTRACK_STATE);
	return match == XT_CONNTRACK_STATE &&
	       add_states(draft, "conntrack", "--ctstate", mask, invert & XT_CONNTRACK_STATE);
}

static const struct bit_name types[] = {
	{ XT_ADDRTYPE_UNSPEC, "UNSPEC", NAT_ADDRESS_OTHER },
	{ XT_ADDRTYPE_UNICAST, "UNICAST", NAT_ADDRESS_UNICAST },
	{ XT_ADDRTYPE_LOCAL, "LOCAL", NAT_ADDRESS_LOCAL },
	{ XT_ADDRTYPE_BROADCAST, "BROADCAST", NAT_ADDRESS_BROADCAST },
	{ XT_ADDRTYPE_ANYCAST, "ANYCAST", NAT_ADDRESS_OTHER },
	{ XT_ADDRTYPE_MULTICAST, "MULTICAST", NAT_ADDRESS_MULTICAST },
	{ XT_ADDRTYPE_BLACKHOLE, "BLACKHOLE", NAT_ADDRESS_OTHER },
	{ XT_ADDRTYPE_UNREACHABLE, "UNREACHABLE", NAT_ADDRESS_OTHER },
	{ XT_ADDRTYPE_PROHIBIT, "PROHIBIT", NAT_ADDRESS_OTHER },
};

static bool add_types(struct nat_draft *draft, enum nat_condition_kind kind, const char *option,
		      unsigned int mask, bool negated)
{
	struct nat_condition condition = { .kind = kind, .negated = negated };
	char text[128];

	if (!name_bits(types, ARRAY_SIZE(types), mask, text, sizeof(text),
		       &condition.address_types))
		return false;
	nat_draft_add(draft, &condition, NAT_SLOT_REST, "%s %s %s", NOT(negated), option, text);
	return true;
}

static bool read_addrtype(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct xt_addrtype_info_v1 v1;
	struct xt_addrtype_info v0;

	if (xt->revision == 0) {
		if (!nat_xt_take(xt, &v0, sizeof(v0)))
			return false;
		v1 = (struct xt_addrtype_info_v1){
			.source = v0.source,
			.dest = v0.dest,
			.flags = (v0.invert_source ? XT_ADDRTYPE_INVERT_SOURCE : 0) |
				 (v0.invert_dest ? XT_ADDRTYPE_INVERT_DEST : 0),
		};
	} else if (!nat_xt_take(xt, &v1, sizeof(v1))) {
		return false;
	}
	/* The type on one interface is not that of the address. */
	if (v1.flags & (XT_ADDRTYPE_LIMIT_IFACE_IN | XT_ADDRTYPE_LIMIT_IFACE_OUT))
		return false;
	nat_draft_say(draft, NAT_SLOT_REST, " -m addrtype");
	return (!v1.source || add_types(draft, NAT_ON_SOURCE_TYPE, "--src-type", v1.source,
					v1.flags & XT_ADDRTYPE_INVERT_SOURCE)) &&
	       (!v1.dest || add_types(draft, NAT_ON_DESTINATION_TYPE, "--dst-type", v1.dest,
				      v1.flags & XT_ADDRTYPE_INVERT_DEST));
}

static void add_range(struct nat_draft *draft, enum ipmasq_family family, bool is_source,
		      const union nf_inet_addr *min, const union nf_inet_addr *max, bool negated)
{
	struct addr first = addr_from_bytes(family, min);
	struct addr last = addr_from_bytes(family, max);
	struct nat_condition condition = {
		.kind = is_source ? NAT_ON_SOURCE : NAT_ON_DESTINATION,
		.negated = negated,
		.set = nat_draft_new_range(draft, family, first, nat_last(family, last)),
	};
	char texts[2][PREFIX_TEXT_MAX];

	addr_format(family, first, texts[0]);
	addr_format(family, last, texts[1]);
	nat_draft_add(draft, &condition, NAT_SLOT_REST, "%s --%s-range %s-%s", NOT(negated),
		      is_source ? "src" : "dst", texts[0], texts[1]);
}

static bool read_iprange(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct xt_iprange_mtinfo info;

	if (!nat_xt_take(xt, &info, sizeof(info)) || !(info.flags & (IPRANGE_SRC | IPRANGE_DST)))
		return false;
	nat_draft_say(draft, NAT_SLOT_REST, " -m iprange");
	if (info.flags & IPRANGE_SRC)
		add_range(draft, xt->family, true, &info.src_min, &info.src_max,
			  info.flags & IPRANGE_SRC_INV);
	if (info.flags & IPRANGE_DST)
		add_range(draft, xt->family, false, &info.dst_min, &info.dst_max,
			  info.flags & IPRANGE_DST_INV);
	return true;
}

/* A range is two ports, the first of which has a flag. */
static size_t read_port_list(const struct xt_multiport_v1 *info, struct nat_ports *ports,
			     struct buf *text)
{
	size_t count = 0;

	for (size_t i = 0; i < info->count && i < XT_MULTI_PORTS; i++) {
		ports[count].first = info->ports[i];
		buf_printf(text, "%s%u", count ? "," : "", info->ports[i]);
		if (info->pflags[i] && i + 1 < XT_MULTI_PORTS)
			buf_printf(text, ":%u", info->ports[++i]);
		ports[count++].last = info->ports[i];
	}
	return count;
}

static bool read_multiport(struct nat_draft *draft, const struct nat_xt *xt)
{
	static const char *const options[] = { "--sports", "--dports", "--ports" };
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct nat_condition condition = { .kind = NAT_ON_UNKNOWN };
	struct nat_ports ports[XT_MULTI_PORTS];
	struct xt_multiport_v1 info;

	if (!nat_xt_take(xt, &info, sizeof(info)) || info.flags >= ARRAY_SIZE(options))
		return false;
	condition.ports.count = read_port_list(&info, ports, &text);
	if (text.error) {
		draft->error = -ENOMEM;
		return true;
	}
	if (info.flags != XT_MULTIPORT_EITHER) {
		condition.kind = info.flags == XT_MULTIPORT_SOURCE ? NAT_ON_SOURCE_PORT
								   : NAT_ON_DESTINATION_PORT;
		condition.negated = info.invert;
		condition.ports.ranges = nat_draft_ports(draft, ports, condition.ports.count);
	}
	nat_draft_add(draft, &condition, NAT_SLOT_REST, " -m multiport%s %s %s", NOT(info.invert),
		      options[info.flags], text.data ? text.data : "");
	return true;
}

/* "--dport 80" or "--dport 80:90"; all ports are no condition. */
static void add_ports(struct nat_draft *draft, bool is_source, const uint16_t range[2],
		      bool negated)
{
	const struct nat_ports ports = { range[0], range[1] };
	struct nat_condition condition = {
		.kind = is_source ? NAT_ON_SOURCE_PORT : NAT_ON_DESTINATION_PORT,
		.negated = negated,
	};
	const char *option = is_source ? "--sport" : "--dport";

	if (range[0] == 0 && range[1] == UINT16_MAX && !negated)
		return;
	condition.ports.ranges = nat_draft_ports(draft, &ports, 1);
	condition.ports.count = 1;
	if (range[0] == range[1])
		nat_draft_add(draft, &condition, NAT_SLOT_REST, "%s %s %u", NOT(negated), option,
			      range[0]);
	else
		nat_draft_add(draft, &condition, NAT_SLOT_REST, "%s %s %u:%u", NOT(negated), option,
			      range[0], range[1]);
}

static bool read_tcp(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct xt_tcp info;

	if (!nat_xt_take(xt, &info, sizeof(info)))
		return false;
	nat_draft_say(draft, NAT_SLOT_REST, " -m tcp");
	add_ports(draft, true, info.spts, info.invflags & XT_TCP_INV_SRCPT);
	add_ports(draft, false, info.dpts, info.invflags & XT_TCP_INV_DSTPT);
	if (info.option)
		nat_draft_add_unknown(draft, NAT_SLOT_REST, "%s --tcp-option %u",
				      NOT(info.invflags & XT_TCP_INV_OPTION), info.option);
	if (info.flg_mask)
		nat_draft_add_unknown(draft, NAT_SLOT_REST, "%s --tcp-flags %#x %#x",
				      NOT(info.invflags & XT_TCP_INV_FLAGS), info.flg_mask,
				      info.flg_cmp);
	return true;
}

static bool read_udp(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct xt_udp info;

	if (!nat_xt_take(xt, &info, sizeof(info)))
		return false;
	nat_draft_say(draft, NAT_SLOT_REST, " -m udp");
	add_ports(draft, true, info.spts, info.invflags & XT_UDP_INV_SRCPT);
	add_ports(draft, false, info.dpts, info.invflags & XT_UDP_INV_DSTPT);
	return true;
}

static bool read_statistic(struct nat_draft *draft, const struct nat_xt *xt)
{
	const struct nat_condition condition = { .kind = NAT_ON_STATISTIC };
	struct xt_statistic_info info;
	const char *negated;

	if (!nat_xt_take(xt, &info, offsetof(struct xt_statistic_info, master)))
		return false;
	negated = NOT(info.flags & XT_STATISTIC_INVERT);
	if (info.mode == XT_STATISTIC_MODE_RANDOM)
		nat_draft_add(draft, &condition, NAT_SLOT_REST,
			      " -m statistic --mode random%s --probability %.11f", negated,
			      1.0 * info.u.random.probability / 0x80000000);
	else
		nat_draft_add(draft, &condition, NAT_SLOT_REST,
			      " -m statistic --mode nth%s --every %u --packet %u", negated,
			      info.u.nth.every + 1, info.u.nth.packet);
	return true;
}

/* "--uid-owner 0" or "--uid-owner 0-9". */
static void say_ids(struct nat_draft *draft, const char *option, uint32_t min, uint32_t max,
		    bool negated)
{
	if (min == max)
		nat_draft_say(draft, NAT_SLOT_REST, "%s %s %u", NOT(negated), option, min);
	else
		nat_draft_say(draft, NAT_SLOT_REST, "%s %s %u-%u", NOT(negated), option, min, max);
}

/* What has no socket matches where all is negated. */
static bool read_owner(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct nat_condition condition = { .kind = NAT_ON_SOCKET_OWNER };
	struct xt_owner_match_info info;
	size_t from;

	if (!nat_xt_take(xt, &info, sizeof(info)))
		return false;
	condition.negated = info.match == info.invert;
	from = nat_draft_mark(draft, NAT_SLOT_REST);
	nat_draft_say(draft, NAT_SLOT_REST, " -m owner");
	if (info.match & XT_OWNER_UID)
		say_ids(draft, "--uid-owner", info.uid_min, info.uid_max,
			info.invert & XT_OWNER_UID);
	if (info.match & XT_OWNER_GID)
		say_ids(draft, "--gid-owner", info.gid_min, info.gid_max,
			info.invert & XT_OWNER_GID);
	if (info.match & XT_OWNER_SOCKET)
		nat_draft_say(draft, NAT_SLOT_REST, "%s --socket-exists",
			      NOT(info.invert & XT_OWNER_SOCKET));
	nat_draft_bind(draft, &condition, NAT_SLOT_REST, from);
	return true;
}

/* The name of each dimension is "src" or "dst". Only the first may be an address that is known
 * here; a set of more dimensions is partial. */
static bool read_set(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct nat_condition condition = { .kind = NAT_ON_UNKNOWN };
	struct xt_set_info_match_v4 info = { .flags = 0 };
	const char *name = NULL;
	CLEANUP(buf_release) struct buf sides = BUF_INIT;
	size_t size = xt->revision < 3 ? sizeof(struct xt_set_info_match_v1) : sizeof(info);

	/* Revision 3 has the counters in another order. */
	if (xt->revision == 3)
		size = sizeof(struct xt_set_info);
	if (!nat_xt_take(xt, &info, size) || info.match_set.dim > IPSET_DIM_MAX)
		return false;
	for (unsigned int i = 1; i <= info.match_set.dim; i++)
		buf_printf(&sides, "%s%s", i > 1 ? "," : "",
			   info.match_set.flags & 1u << i ? "src" : "dst");
	if (sides.error)
		draft->error = -ENOMEM;
	if (xt->ipsets && !draft->error)
		condition.set =
			xt->ipsets->find(xt->ipsets, info.match_set.index, xt->family, &name);
	condition.negated = info.match_set.flags & IPSET_INV_MATCH;
	/* What counts packets, or asks for elements that do not match. */
	if (condition.set && xt->revision != 3 && info.packets.op == IPSET_COUNTER_NONE &&
	    info.bytes.op == IPSET_COUNTER_NONE && !(info.flags & IPSET_FLAG_RETURN_NOMATCH) &&
	    !(info.match_set.flags & IPSET_RETURN_NOMATCH))
		condition.kind = info.match_set.flags & IPSET_DIM_ONE_SRC ? NAT_ON_SOURCE
									  : NAT_ON_DESTINATION;
	nat_draft_add(draft, &condition, NAT_SLOT_REST, " -m set%s --match-set %s %s",
		      NOT(condition.negated), name ? name : "?", sides.data ? sides.data : "");
	return true;
}

#define REVISIONS(first, last) ((2u << (last)) - (1u << (first)))

static const struct {
	const char *name;
	/* A bit for each revision that has the same structure. */
	unsigned int revisions;
	bool (*read)(struct nat_draft *draft, const struct nat_xt *xt);
} matches[] = {
	{ "comment", REVISIONS(0, 0), read_comment },
	{ "mark", REVISIONS(1, 1), read_mark },
	{ "connmark", REVISIONS(1, 1), read_connmark },
	{ "state", REVISIONS(0, 0), read_state },
	{ "conntrack", REVISIONS(1, 3), read_conntrack },
	{ "addrtype", REVISIONS(0, 1), read_addrtype },
	{ "iprange", REVISIONS(1, 1), read_iprange },
	{ "multiport", REVISIONS(1, 1), read_multiport },
	{ "tcp", REVISIONS(0, 0), read_tcp },
	{ "udp", REVISIONS(0, 0), read_udp },
	{ "statistic", REVISIONS(0, 0), read_statistic },
	{ "limit", REVISIONS(0, 0), nat_xt_limit },
	{ "owner", REVISIONS(1, 1), read_owner },
	{ "set", REVISIONS(1, 4), read_set },
};

void nat_xt_match(struct nat_draft *draft, const struct nat_xt *xt)
{
	for (size_t i = 0; i < ARRAY_SIZE(matches); i++)
		if (strcmp(xt->name, matches[i].name) == 0 && xt->revision < 8 &&
		    matches[i].revisions & 1u << xt->revision && matches[i].read(draft, xt))
			return;
	nat_draft_add_unknown(draft, NAT_SLOT_REST, " -m %.29s ...", xt->name);
}
