/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interpreter of models of a node's way out that shares no code with the walk: it follows one
 * packet as the kernel does, and answers each question that cannot be answered first with no, then
 * with yes, until all combinations were tried.
 */
#ifndef TESTS_NAT_SIM_H
#define TESTS_NAT_SIM_H

#include "nat/nat.h"

struct nat_sim_packet {
	enum ipmasq_family family;
	/* Unless it has a source, each condition on that is a question. */
	bool has_source;
	struct addr source;
	struct addr destination;
};

struct nat_sim_end {
	/* NAT_RETURN, NAT_MASQUERADE, NAT_SNAT, NAT_UNKNOWN, NAT_DROP. */
	enum nat_verdict verdict;
	bool to_known;
	struct addr to;
	/* What rewrote, dropped, or is not known; else NULL. */
	const struct nat_rule *rule;
};

#define NAT_SIM_ENDS 64

struct nat_sim_ends {
	struct nat_sim_end list[NAT_SIM_ENDS];
	size_t count;
	/* There are more combinations than were tried, or more ends than there is room for. */
	bool too_many;
};

void nat_sim_run(const struct nat_model *model, const struct nat_sim_packet *packet,
		 struct nat_sim_ends *ends);

#endif
