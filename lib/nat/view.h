/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a node: the rules of everybody, and of a running node also its interfaces,
 * routes and addresses, which settle conditions that a dump leaves open.
 */
#ifndef LIBIPMASQ_NAT_VIEW_H
#define LIBIPMASQ_NAT_VIEW_H

#include "nat/match.h"
#include "util/ranges.h"

/* Addresses that the node sends to, and by which interface. */
struct nat_route {
	struct addr first;
	struct addr last;
	/* NULL: that depends on more than the address. Belongs to the model. */
	const char *interface;
	/* NAT_ADDRESS_ bit; 0: not known. */
	unsigned int type;
};

struct nat_routes {
	/* Sorted and disjoint. Of addresses in none nothing is known. */
	struct nat_route *routes;
	size_t count;
	size_t capacity;
};

struct ipmasq_nat {
	/* Finished: nat_model_finish() was called. */
	struct nat_model *model;
	/* The interfaces that there are; NULL: not known. The names belong to the model. */
	const char **interfaces;
	size_t interface_count;
	/* Of each family. */
	struct nat_routes routes[2];
	/* Whether the node's own addresses are known, and what they are, of each family. United. */
	bool addresses_known;
	struct ranges addresses[2];
};

/* Makes one with an empty model. -ENOMEM. */
int nat_view_new(struct ipmasq_nat **nat);

/* What the node tells about a packet: @place is filled, and lives as long as @nat. */
void nat_view_place(const struct ipmasq_nat *nat, const struct nat_packet *packet,
		    struct nat_place *place);

/* The route of an address, or NULL. */
const struct nat_route *nat_view_route(const struct ipmasq_nat *nat, enum ipmasq_family family,
				       struct addr address);

/* Whether an address is one of the node's own. */
enum nat_match nat_view_is_own(const struct ipmasq_nat *nat, enum ipmasq_family family,
			       struct addr address);

#endif
