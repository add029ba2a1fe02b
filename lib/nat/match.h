/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the conditions of a rule hold for a packet that the node forwards: the first one of a new
 * connection, which came in by an interface and leaves by another. So its source and destination
 * are not addresses of the node, and it has no socket.
 */
#ifndef LIBIPMASQ_NAT_MATCH_H
#define LIBIPMASQ_NAT_MATCH_H

#include "nat/nat.h"

/* What a running node tells about one packet beyond its rules. */
struct nat_place {
	/* The interface by which the node's routes send the packet out; NULL: not known. */
	const char *out_interface;
	/* The interface that leads to the source; NULL: not known. */
	const char *in_interface;
	/* The interfaces that there are; NULL: not known. One that does not exist never matches. */
	const char *const *interfaces;
	size_t interface_count;
	/* NAT_ADDRESS_ bit of the destination by the node's routes; 0: not known. */
	unsigned int destination_type;
};

struct nat_packet {
	enum ipmasq_family family;
	bool has_source;
	struct addr source;
	/* Without a source: it is one of these, which are united. NULL: it may be any. */
	const struct ranges *sources;
	struct addr destination;
	/* Neither it nor its connection carries a mark. Else these are not known. */
	bool unmarked;
	/* NULL: nothing is known, as with a dump. */
	const struct nat_place *place;
};

/* Whether a condition on an address holds inside, and outside, of the ranges of its set. The set
 * must be known. */
enum nat_match nat_match_inside(const struct nat_condition *condition);
enum nat_match nat_match_outside(const struct nat_condition *condition);

/* Whether one condition holds for a packet. */
enum nat_match nat_condition_match(const struct nat_condition *condition,
				   const struct nat_packet *packet);
/* Whether all conditions of a rule do. */
enum nat_match nat_rule_match(const struct nat_rule *rule, const struct nat_packet *packet);

#endif
