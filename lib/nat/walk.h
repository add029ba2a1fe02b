/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk: what the rules of a model do to a packet that the node forwards. It asks for a new
 * connection, whose first packet came in by an interface and leaves by another; so its source and
 * destination are not addresses of the node, and it has no socket.
 */
#ifndef LIBIPMASQ_NAT_WALK_H
#define LIBIPMASQ_NAT_WALK_H

#include "nat/nat.h"

/* What a running node tells about one destination beyond its rules. */
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
	struct addr destination;
	/* NULL: nothing is known, as with a dump. */
	const struct nat_place *place;
};

/* Whether one condition holds for a packet. */
enum nat_match nat_condition_match(const struct nat_condition *condition,
				   const struct nat_packet *packet);
/* Whether all conditions of a rule do. */
enum nat_match nat_rule_match(const struct nat_rule *rule, const struct nat_packet *packet);

/* A rule with its place in a model. */
struct nat_at {
	const struct nat_table *table;
	uint32_t chain;
	/* NULL: the policy of a base chain. */
	const struct nat_rule *rule;
};

/* A rule that was asked, in the order of the walk. */
struct nat_step {
	struct nat_at at;
	enum nat_match match;
};

struct nat_outcome {
	/* NAT_RETURN: no rule rewrites the source. NAT_MASQUERADE, NAT_SNAT (NETMAP is one, with
	 * its address), NAT_UNKNOWN; NAT_DROP: it never leaves. */
	enum nat_verdict verdict;
	bool to_known;
	struct addr to;
	/* What must hold for it, each a text that belongs to the answer or the model. None: it
	 * always comes about. */
	const char **conditions;
	size_t condition_count;
	/* What decided; `at.table` NULL: nothing did. */
	struct nat_at at;
};

struct nat_way {
	struct nat_outcome *outcomes;
	size_t outcome_count;
	/* Those that match or may match. */
	struct nat_step *steps;
	size_t step_count;
	/* The walk gave up: there are more outcomes than it follows. The last is NAT_UNKNOWN. */
	bool cut_short;
};

/* -ENOMEM. */
int nat_walk(const struct nat_model *model, const struct nat_packet *packet, struct nat_way **way);
void nat_way_free(struct nat_way *way);

#endif
