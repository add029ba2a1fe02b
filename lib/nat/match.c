/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the conditions of a rule hold for a packet that the node forwards. */
#include <string.h>

#include "nat/match.h"

static enum nat_match certain(bool holds)
{
	return holds ? NAT_YES : NAT_NO;
}

static enum nat_match turn(enum nat_match match, bool negated)
{
	if (!negated || match == NAT_MAYBE)
		return match;
	return match == NAT_YES ? NAT_NO : NAT_YES;
}

enum nat_match nat_match_inside(const struct nat_condition *condition)
{
	return turn(condition->set->partial ? NAT_MAYBE : NAT_YES, condition->negated);
}

enum nat_match nat_match_outside(const struct nat_condition *condition)
{
	return turn(condition->set->complete ? NAT_NO : NAT_MAYBE, condition->negated);
}

/* The number of the first range that ends at @addr or later. */
static size_t first_range_from(const struct ranges *set, struct addr addr)
{
	return addr_first_from(set->ranges, set->count, sizeof(*set->ranges),
			       offsetof(struct range, last), addr);
}

/* Whether a range lies in the set, beside it, or neither. */
static enum nat_match range_in(const struct ranges *set, struct addr first, struct addr last)
{
	size_t at = first_range_from(set, first);

	if (at == set->count || addr_compare(set->ranges[at].first, last) > 0)
		return NAT_NO;
	if (addr_compare(set->ranges[at].first, first) <= 0 &&
	    addr_compare(set->ranges[at].last, last) >= 0)
		return NAT_YES;
	return NAT_MAYBE;
}

static enum nat_match match_range(const struct nat_condition *condition, struct addr first,
				  struct addr last)
{
	enum nat_match in = range_in(&condition->set->ranges, first, last);
	enum nat_match inside = nat_match_inside(condition);
	enum nat_match outside = nat_match_outside(condition);

	if (in == NAT_YES)
		return inside;
	if (in == NAT_NO)
		return outside;
	return inside == outside ? inside : NAT_MAYBE;
}

static enum nat_match match_source(const struct nat_condition *condition,
				   const struct nat_packet *packet)
{
	const struct addr first = { 0, 0 };
	const struct addr last = { UINT64_MAX, UINT64_MAX };
	enum nat_match all = NAT_MAYBE;

	if (packet->has_source)
		return match_range(condition, packet->source, packet->source);
	if (!packet->sources)
		return match_range(condition, first, last);
	for (size_t i = 0; i < packet->sources->count; i++) {
		const struct range *range = &packet->sources->ranges[i];
		enum nat_match match = match_range(condition, range->first, range->last);

		if (i > 0 && match != all)
			return NAT_MAYBE;
		all = match;
	}
	return all;
}

static enum nat_match match_address(const struct nat_condition *condition,
				    const struct nat_packet *packet)
{
	if (!condition->set)
		return NAT_MAYBE;
	/* An IPv4 address is no IPv6 address, whether the condition is negated or not. */
	if (condition->set->family != packet->family)
		return NAT_NO;
	if (condition->kind == NAT_ON_DESTINATION)
		return match_range(condition, packet->destination, packet->destination);
	return match_source(condition, packet);
}

static enum nat_match match_protocol(const struct nat_condition *condition)
{
	uint64_t any = 0;
	uint64_t all = UINT64_MAX;

	for (size_t i = 0; i < ARRAY_SIZE(condition->protocols); i++) {
		any |= condition->protocols[i];
		all &= condition->protocols[i];
	}
	if (any == 0)
		return turn(NAT_NO, condition->negated);
	return turn(all == UINT64_MAX ? NAT_YES : NAT_MAYBE, condition->negated);
}

static bool interface_has(const struct nat_condition *condition, const char *name)
{
	const char *wanted = condition->interface.name;

	if (condition->interface.is_start)
		return strncmp(name, wanted, strlen(wanted)) == 0;
	return strcmp(name, wanted) == 0;
}

static enum nat_match match_interface(const struct nat_condition *condition,
				      const struct nat_place *place)
{
	const char *name = NULL;
	bool exists = false;

	if (condition->interface.is_start && !*condition->interface.name)
		return turn(NAT_YES, condition->negated);
	/* A packet that is forwarded has nothing to do with it. */
	if (strcmp(condition->interface.name, "lo") == 0)
		return turn(NAT_NO, condition->negated);
	if (place)
		name = condition->kind == NAT_ON_IN_INTERFACE ? place->in_interface
							      : place->out_interface;
	if (name)
		return turn(certain(interface_has(condition, name)), condition->negated);
	if (!place || !place->interfaces)
		return NAT_MAYBE;
	for (size_t i = 0; i < place->interface_count && !exists; i++)
		exists = interface_has(condition, place->interfaces[i]);
	return exists ? NAT_MAYBE : turn(NAT_NO, condition->negated);
}

static unsigned int type_of_destination(const struct nat_packet *packet)
{
	struct addr to = packet->destination;

	if (packet->place && packet->place->destination_type)
		return packet->place->destination_type;
	if (packet->family == IPMASQ_IPV6)
		return to.hi >> 56 == 0xff ? NAT_ADDRESS_MULTICAST : NAT_ADDRESS_UNICAST;
	if (to.hi >> 60 == 0xe)
		return NAT_ADDRESS_MULTICAST;
	/* The kernel takes both for broadcasts, whatever the routes. */
	if (to.hi >> 32 == UINT32_MAX || to.hi >> 56 == 0)
		return NAT_ADDRESS_BROADCAST;
	return NAT_ADDRESS_UNICAST;
}

/* Of an address that is not the node's, xt_addrtype looks only whether it is a broadcast or
 * multicast one; else it is unicast. */
static enum nat_match match_type(const struct nat_condition *condition,
				 const struct nat_packet *packet)
{
	unsigned int type = NAT_ADDRESS_UNICAST;

	if (condition->kind == NAT_ON_DESTINATION_TYPE)
		type = type_of_destination(packet);
	if (condition->address_types & type)
		return turn(NAT_YES, condition->negated);
	return turn(condition->address_types & NAT_ADDRESS_OTHER ? NAT_MAYBE : NAT_NO,
		    condition->negated);
}

static enum nat_match match_mark(const struct nat_condition *condition, bool unmarked)
{
	if (condition->mark.mask == 0)
		return turn(certain(condition->mark.number == 0), condition->negated);
	if (condition->mark.number & ~condition->mark.mask)
		return turn(NAT_NO, condition->negated);
	if (unmarked)
		return turn(certain(condition->mark.number == 0), condition->negated);
	return NAT_MAYBE;
}

static enum nat_match match_state(const struct nat_condition *condition)
{
	if (condition->states & NAT_STATE_NEW)
		return turn(NAT_YES, condition->negated);
	/* A service's address may have been its destination before. */
	if (condition->states & NAT_STATE_DNAT)
		return NAT_MAYBE;
	return turn(NAT_NO, condition->negated);
}

enum nat_match nat_condition_match(const struct nat_condition *condition,
				   const struct nat_packet *packet)
{
	switch (condition->kind) {
	case NAT_ON_SOURCE:
	case NAT_ON_DESTINATION:
		return match_address(condition, packet);
	case NAT_ON_IP_PROTOCOL:
		return match_protocol(condition);
	case NAT_ON_IN_INTERFACE:
	case NAT_ON_OUT_INTERFACE:
		return match_interface(condition, packet->place);
	case NAT_ON_SOURCE_TYPE:
	case NAT_ON_DESTINATION_TYPE:
		return match_type(condition, packet);
	case NAT_ON_PACKET_MARK:
	case NAT_ON_CONNECTION_MARK:
		return match_mark(condition, packet->unmarked);
	case NAT_ON_CONNECTION_STATE:
		return match_state(condition);
	case NAT_ON_SOCKET_OWNER:
		/* xt_owner: without a socket, what is negated holds. */
		return certain(condition->negated);
	case NAT_ON_SOURCE_PORT:
	case NAT_ON_DESTINATION_PORT:
	case NAT_ON_STATISTIC:
	case NAT_ON_UNKNOWN:
		return NAT_MAYBE;
	}
	return NAT_MAYBE;
}

enum nat_match nat_rule_match(const struct nat_rule *rule, const struct nat_packet *packet)
{
	enum nat_match all = NAT_YES;

	for (size_t i = 0; i < rule->condition_count; i++) {
		enum nat_match one = nat_condition_match(&rule->conditions[i], packet);

		if (one == NAT_NO)
			return NAT_NO;
		if (one == NAT_MAYBE)
			all = NAT_MAYBE;
	}
	return all;
}
