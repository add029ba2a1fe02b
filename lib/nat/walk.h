/* SPDX-License-Identifier: Apache-2.0 */
/* The walk: what the rules of a model do to one packet that the node forwards (nat/match.h). */
#ifndef LIBIPMASQ_NAT_WALK_H
#define LIBIPMASQ_NAT_WALK_H

#include "nat/way.h"

/* -ENOMEM. */
int nat_walk(const struct nat_model *model, const struct nat_packet *packet, struct nat_way **way);

/* Whether a base chain is asked for packets of which no connection is tracked yet, so that a rule
 * can still prevent it. */
bool nat_before_tracking(const struct nat_chain *base);

#endif
