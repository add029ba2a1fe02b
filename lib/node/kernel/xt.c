/* SPDX-License-Identifier: Apache-2.0 */
/* The matches and targets of xtables as both variants have them in the kernel. */
#include "node/kernel/xt.h"

#include <arpa/inet.h>

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_statistic.h>
#include <string.h>

/* An address type is a bit; its number is that of the type in a route. */
#define LOCAL_TYPE     (1u << 2)
#define NO_DESTINATION 0x2u

static bool read_statistic(struct xt_seen *seen, unsigned int revision, const void *info,
			   size_t len)
{
	struct xt_statistic_info statistic;

	if (revision != 0 || len < sizeof(statistic) || seen->statistic)
		return false;
	memcpy(&statistic, info, sizeof(statistic));
	seen->statistic = true;
	seen->rule.probability = statistic.u.random.probability;
	return statistic.mode == XT_STATISTIC_MODE_RANDOM && statistic.flags == 0 &&
	       statistic.u.random.probability <= PROBABILITY_ONE;
}

static bool read_addrtype(struct xt_seen *seen, unsigned int revision, const void *info, size_t len)
{
	struct xt_addrtype_info_v1 types;

	if (revision != 1 || len < sizeof(types) || seen->rule.not_local)
		return false;
	memcpy(&types, info, sizeof(types));
	seen->rule.not_local = types.source == 0 && types.dest == LOCAL_TYPE &&
			       types.flags == NO_DESTINATION;
	return seen->rule.not_local;
}

bool xt_read_match(struct xt_seen *seen, const char *name, unsigned int revision, const void *info,
		   size_t len)
{
	if (strcmp(name, "comment") == 0) {
		seen->comment = info;
		seen->comment_len = strnlen(info, len);
		return true;
	}
	if (strcmp(name, "statistic") == 0)
		return read_statistic(seen, revision, info, len);
	return strcmp(name, "addrtype") == 0 && read_addrtype(seen, revision, info, len);
}

static bool take_range(struct rule *rule, unsigned int flags, uint16_t min, uint16_t max)
{
	if (flags & ~(unsigned int)(NF_NAT_RANGE_PROTO_SPECIFIED | NF_NAT_RANGE_PROTO_RANDOM_FULLY))
		return false;
	rule->target = TARGET_MASQUERADE;
	rule->random_fully = flags & NF_NAT_RANGE_PROTO_RANDOM_FULLY;
	if (!(flags & NF_NAT_RANGE_PROTO_SPECIFIED))
		return true;
	rule->ports = (struct port_range){ .first = ntohs(min), .last = ntohs(max) };
	return rule->ports.first > 0 && rule->ports.first <= rule->ports.last;
}

bool xt_read_masquerade(struct xt_seen *seen, unsigned int revision, const void *info, size_t len)
{
	struct nf_nat_ipv4_multi_range_compat ranges;
	struct nf_nat_range range;

	if (revision != 0)
		return false;
	if (seen->rule.dst.family == IPMASQ_IPV4) {
		if (len < sizeof(ranges))
			return false;
		memcpy(&ranges, info, sizeof(ranges));
		return ranges.rangesize == 1 &&
		       take_range(&seen->rule, ranges.range[0].flags, ranges.range[0].min.all,
				  ranges.range[0].max.all);
	}
	if (len < sizeof(range))
		return false;
	memcpy(&range, info, sizeof(range));
	return take_range(&seen->rule, range.flags, range.min_proto.all, range.max_proto.all);
}

bool xt_read_prefix(enum ipmasq_family family, const uint8_t *address, const uint8_t *mask,
		    size_t len, struct prefix *prefix)
{
	uint8_t bytes[2][16] = { { 0 } };
	struct addr ones;
	unsigned int bits;

	if (len == 0 || len > family_bits(family) / 8)
		return false;
	memcpy(bytes[0], address, len);
	memcpy(bytes[1], mask, len);
	prefix->addr = addr_from_bytes(family, bytes[0]);
	ones = addr_from_bytes(family, bytes[1]);
	bits = (unsigned int)__builtin_popcountll(ones.hi) +
	       (unsigned int)__builtin_popcountll(ones.lo);
	prefix->len = (uint8_t)bits;
	prefix->family = (uint8_t)family;
	return addr_equal(ones, addr_mask(bits)) && !(prefix->addr.hi & ~ones.hi) &&
	       !(prefix->addr.lo & ~ones.lo);
}

bool xt_is_protocol(unsigned int protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}
