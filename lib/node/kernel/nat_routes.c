/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By which interfaces a network namespace sends to which addresses, and which are its own. Rules of
 * policy routing name tables one after the other; what a rule asks of a packet beyond its
 * destination is not known here, so what its table answers is then one of several possibilities.
 */
#include "node/kernel/nat_routes.h"

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* With more rules than this, all depends. */
#define RULES_MAX 4096

struct rule {
	uint32_t table;
	/* The destinations for which it is asked. */
	struct prefix to;
	/* Only some packets, by what is not their destination. */
	bool may;
	/* What it does is not known. */
	bool depends;
	/* Routes with prefixes up to this length do not count; -1: all do. */
	int32_t suppressed;
};

struct reading {
	enum ipmasq_family family;
	struct nat_route_entry *routes;
	size_t count;
	size_t capacity;
	struct rule *rules;
	size_t rule_count;
	size_t rule_capacity;
};

static uint8_t address_family(enum ipmasq_family family)
{
	return family == IPMASQ_IPV4 ? AF_INET : AF_INET6;
}

static bool read_address(const struct reading *r, const struct nlattr *attr, struct addr *address)
{
	if (mnl_attr_get_payload_len(attr) * 8 != family_bits(r->family))
		return false;
	*address = addr_from_bytes(r->family, mnl_attr_get_payload(attr));
	return true;
}

static uint32_t read_number(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) == sizeof(uint32_t) ? mnl_attr_get_u32(attr) : 0;
}

/* The interface of all its parts, or that it depends. */
static uint32_t read_multipath(const struct nlattr *attr)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(attr);
	size_t left = mnl_attr_get_payload_len(attr);
	uint32_t out = 0;

	while (left >= sizeof(*hop) && hop->rtnh_len >= sizeof(*hop) && hop->rtnh_len <= left) {
		size_t len = RTNH_ALIGN(hop->rtnh_len);

		if (out && out != (uint32_t)hop->rtnh_ifindex)
			return NAT_ROUTE_DEPENDS;
		out = (uint32_t)hop->rtnh_ifindex;
		if (len >= left)
			break;
		left -= len;
		hop = (const void *)((const char *)(const void *)hop + len);
	}
	return out;
}

static int take_route(void *context, const struct nlmsghdr *message)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(message);
	struct reading *r = context;
	struct nat_route_entry route = { .prefix.family = (uint8_t)r->family };
	struct nlattr *attr;

	if (message->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(message) < sizeof(*rt))
		return -EBADMSG;
	/* A kernel without a family lists those of the others instead. */
	if (rt->rtm_family != address_family(r->family) ||
	    rt->rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD) ||
	    rt->rtm_dst_len > family_bits(r->family))
		return 0;
	route.prefix.len = rt->rtm_dst_len;
	route.table = rt->rtm_table;
	route.type = rt->rtm_type;
	mnl_attr_for_each(attr, message, sizeof(*rt)) {
		switch (mnl_attr_get_type(attr)) {
		case RTA_DST:
			if (!read_address(r, attr, &route.prefix.addr))
				return -EBADMSG;
			break;
		case RTA_TABLE:
			route.table = read_number(attr);
			break;
		case RTA_OIF:
			route.out = read_number(attr);
			break;
		case RTA_MULTIPATH:
			route.out = read_multipath(attr);
			break;
		case RTA_PRIORITY:
			route.metric = read_number(attr);
			break;
		default:
			break;
		}
	}
	/* Nothing leaves by what refuses packets. A route for some sources or kinds of service is
	 * one of several. */
	if (route.type == RTN_THROW)
		route.out = 0;
	else if (route.type != RTN_UNICAST || rt->rtm_src_len || rt->rtm_tos || !route.out)
		route.out = NAT_ROUTE_DEPENDS;
	if (array_grow(&r->routes, &r->capacity, r->count, sizeof(*r->routes)) < 0)
		return -ENOMEM;
	r->routes[r->count++] = route;
	return 0;
}

/* What a rule asks beyond the destination. `never': packets that are forwarded do not match. */
static void read_selector(struct rule *rule, const struct nlattr *attr, bool *never)
{
	const char *name = mnl_attr_get_payload(attr);
	bool is_name = mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0;

	switch (mnl_attr_get_type(attr)) {
	case FRA_OIFNAME:
		*never = true;
		break;
	case FRA_IIFNAME:
		*never |= is_name && strcmp(name, "lo") == 0;
		rule->may = true;
		break;
	case FRA_L3MDEV:
		rule->may = true;
		rule->depends = true;
		break;
	/* What is no selector, or read elsewhere. */
	case FRA_DST:
	case FRA_FLOW:
	case FRA_FWMASK:
	case FRA_GOTO:
	case FRA_PAD:
	case FRA_PRIORITY:
	case FRA_PROTOCOL:
	case FRA_SUPPRESS_IFGROUP:
	case FRA_SUPPRESS_PREFIXLEN:
	case FRA_TABLE:
		break;
	default:
		rule->may = true;
		break;
	}
}

static int take_rule(void *context, const struct nlmsghdr *message)
{
	const struct fib_rule_hdr *head = mnl_nlmsg_get_payload(message);
	struct reading *r = context;
	struct rule rule = { .to.family = (uint8_t)r->family, .suppressed = -1 };
	bool never = false;
	struct nlattr *attr;

	if (message->nlmsg_type != RTM_NEWRULE ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*head) ||
	    head->dst_len > family_bits(r->family))
		return -EBADMSG;
	if (head->family != address_family(r->family))
		return 0;
	rule.table = head->table;
	rule.to.len = head->dst_len;
	rule.may = head->tos || head->src_len || head->flags & FIB_RULE_INVERT;
	rule.depends = head->action != FR_ACT_TO_TBL && head->action != FR_ACT_NOP;
	mnl_attr_for_each(attr, message, sizeof(*head)) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type == FRA_DST && !read_address(r, attr, &rule.to.addr))
			return -EBADMSG;
		if (type == FRA_TABLE)
			rule.table = read_number(attr);
		if (type == FRA_SUPPRESS_PREFIXLEN)
			rule.suppressed = (int32_t)read_number(attr);
		read_selector(&rule, attr, &never);
	}
	/* All but some destinations, and what is not those. */
	if (head->flags & FIB_RULE_INVERT) {
		rule.to = (struct prefix){ .family = (uint8_t)r->family };
		never = false;
	}
	if (never || head->action == FR_ACT_NOP || r->rule_count > RULES_MAX)
		return 0;
	if (array_grow(&r->rules, &r->rule_capacity, r->rule_count, sizeof(*r->rules)) < 0)
		return -ENOMEM;
	r->rules[r->rule_count++] = rule;
	return 0;
}

static int ask(struct nat_wire *wire, uint16_t type, enum ipmasq_family family,
	       int (*take)(void *context, const struct nlmsghdr *message), void *context)
{
	char room[64] __attribute__((aligned(8)));
	struct nlmsghdr *request = mnl_nlmsg_put_header(room);
	struct rtmsg *body;

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	/* struct fib_rule_hdr is as long, and begins with the family too. */
	body = mnl_nlmsg_put_extra_header(request, sizeof(*body));
	body->rtm_family = address_family(family);
	return wire->ask(wire, request, take, context);
}

/* The map of one table. */
static int fill_table(const struct reading *r, const struct rule *rule, struct nat_route_map *map)
{
	struct nat_route_entry *routes = calloc(r->count + 1, sizeof(*routes));
	size_t count = 0;
	int error;

	if (!routes)
		return -ENOMEM;
	for (size_t i = 0; i < r->count; i++)
		if (r->routes[i].table == rule->table &&
		    (int32_t)r->routes[i].prefix.len > rule->suppressed)
			routes[count++] = r->routes[i];
	if (rule->depends) {
		routes[0] = (struct nat_route_entry){ .prefix.family = (uint8_t)r->family,
						      .out = NAT_ROUTE_DEPENDS };
		count = 1;
	}
	error = nat_route_map_fill(map, routes, count);
	free(routes);
	return error;
}

static bool is_same_question(const struct rule *a, const struct rule *b)
{
	return a->table == b->table && a->may == b->may && a->depends == b->depends &&
	       a->suppressed == b->suppressed;
}

/* From the last rule to the first, each is put in front of what there is. Many rules in a row ask
 * one table. */
static int follow_rules(const struct reading *r, struct nat_route_map *map)
{
	struct nat_route_map table = { 0 };
	int error = 0;

	for (size_t i = r->rule_count; i > 0 && error == 0; i--) {
		const struct rule *rule = &r->rules[i - 1];
		const struct rule *after = i < r->rule_count ? &r->rules[i] : NULL;

		if (after && is_same_question(rule, after) && rule->to.len == 0 &&
		    after->to.len == 0)
			continue;
		if (!after || !is_same_question(rule, after)) {
			nat_route_map_release(&table);
			error = fill_table(r, rule, &table);
		}
		if (error == 0)
			error = nat_route_map_overlay(map, &table, rule->may,
						      rule->to.len > 0 ? &rule->to : NULL);
	}
	nat_route_map_release(&table);
	return error;
}

/* xt_addrtype and fib ask table local alone, whatever the rules. */
static int add_types(const struct reading *r, struct nat_route_table *table)
{
	struct nat_route_entry *routes = calloc(r->count + 1, sizeof(*routes));
	struct nat_route_map types = { 0 };
	size_t count = 0;
	int error = routes ? 0 : -ENOMEM;

	for (size_t i = 0; i < r->count && error == 0; i++) {
		const struct nat_route_entry *route = &r->routes[i];
		bool is_own = route->type == RTN_LOCAL;

		if (route->table != RT_TABLE_LOCAL || (!is_own && route->type != RTN_BROADCAST))
			continue;
		routes[count] = *route;
		routes[count++].out = is_own ? NAT_ROUTE_LOCAL : NAT_ROUTE_BROADCAST;
		if (is_own)
			error = ranges_add(&table->own, &route->prefix);
	}
	ranges_unite(&table->own);
	if (error == 0)
		error = nat_route_map_fill(&types, routes, count);
	if (error == 0)
		error = nat_route_map_overlay(&table->map, &types, false, NULL);
	nat_route_map_release(&types);
	free(routes);
	return error;
}

/* A kernel without policy routing has two tables. */
static int add_default_rules(struct reading *r)
{
	static const uint32_t tables[] = { RT_TABLE_LOCAL, RT_TABLE_MAIN };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (array_grow(&r->rules, &r->rule_capacity, r->rule_count, sizeof(*r->rules)) < 0)
			return -ENOMEM;
		r->rules[r->rule_count++] = (struct rule){ .table = tables[i],
							   .to.family = (uint8_t)r->family,
							   .suppressed = -1 };
	}
	return 0;
}

static int read_all(struct reading *r, struct nat_wire *wire, struct nat_route_table *table)
{
	int error = ask(wire, RTM_GETRULE, r->family, take_rule, r);

	if (error == -EOPNOTSUPP || error == -EAFNOSUPPORT)
		error = add_default_rules(r);
	if (error == 0)
		error = ask(wire, RTM_GETROUTE, r->family, take_route, r);
	/* A kernel without IPv6 has no routes of it. */
	if (error == -EOPNOTSUPP || error == -EAFNOSUPPORT)
		error = 0;
	if (error == 0 && r->rule_count <= RULES_MAX)
		error = follow_rules(r, &table->map);
	return error == 0 ? add_types(r, table) : error;
}

int nat_routes_read(struct nat_wire *wire, enum ipmasq_family family, struct nat_route_table *table)
{
	struct reading r = { .family = family };
	int error;

	*table = (struct nat_route_table){ .map.count = 0 };
	error = read_all(&r, wire, table);
	free(r.routes);
	free(r.rules);
	return error;
}

void nat_route_table_release(struct nat_route_table *table)
{
	nat_route_map_release(&table->map);
	ranges_release(&table->own);
}
