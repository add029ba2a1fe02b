/* SPDX-License-Identifier: Apache-2.0 */
/* A flow as the kernel lists it: a message of ctnetlink. */
#include "node/kernel/flow.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

struct tuple {
	struct addr src;
	struct addr dst;
	bool has_src;
	bool has_dst;
	uint8_t proto;
};

static void read_addresses(enum ipmasq_family family, const struct nlattr *nest,
			   struct tuple *tuple)
{
	unsigned int src = family == IPMASQ_IPV4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC;
	unsigned int dst = family == IPMASQ_IPV4 ? CTA_IP_V4_DST : CTA_IP_V6_DST;
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		unsigned int type = mnl_attr_get_type(attr);

		if (mnl_attr_get_payload_len(attr) * 8 != family_bits(family))
			continue;
		if (type == src) {
			tuple->src = addr_from_bytes(family, mnl_attr_get_payload(attr));
			tuple->has_src = true;
		} else if (type == dst) {
			tuple->dst = addr_from_bytes(family, mnl_attr_get_payload(attr));
			tuple->has_dst = true;
		}
	}
}

static bool read_tuple(enum ipmasq_family family, const struct nlattr *nest, struct tuple *tuple)
{
	struct nlattr *attr;
	struct nlattr *inner;

	*tuple = (struct tuple){ 0 };
	if (!nest)
		return false;
	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == CTA_TUPLE_IP)
			read_addresses(family, attr, tuple);
		if (mnl_attr_get_type(attr) != CTA_TUPLE_PROTO)
			continue;
		mnl_attr_for_each_nested(inner, attr)
			if (mnl_attr_get_type(inner) == CTA_PROTO_NUM)
				tuple->proto = mnl_attr_get_u8(inner);
	}
	return tuple->has_src && tuple->has_dst;
}

bool flow_read(enum ipmasq_family family, const struct nlmsghdr *message, struct flow *flow,
	       struct flow_identity *identity)
{
	const struct nlattr *reply_attr = NULL;
	struct tuple original;
	struct tuple reply;
	struct nlattr *attr;

	*identity = (struct flow_identity){ 0 };
	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg)) {
		unsigned int type = mnl_attr_get_type(attr);

		if (type == CTA_TUPLE_ORIG)
			identity->original = attr;
		else if (type == CTA_TUPLE_REPLY)
			reply_attr = attr;
		else if (type == CTA_ZONE)
			identity->zone = attr;
		else if (type == CTA_ID)
			identity->id = attr;
	}
	if (!identity->id || !read_tuple(family, identity->original, &original) ||
	    !read_tuple(family, reply_attr, &reply))
		return false;
	*flow = (struct flow){ original.src, reply.src, reply.dst, original.proto };
	return true;
}
