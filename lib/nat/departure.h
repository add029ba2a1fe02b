/* SPDX-License-Identifier: Apache-2.0 */
/* What a node's rules do to packets that their policy does not want. */
#ifndef LIBIPMASQ_NAT_DEPARTURE_H
#define LIBIPMASQ_NAT_DEPARTURE_H

#include "nat/classes.h"
#include "nat/space.h"
#include "nat/way.h"

/* Packets that a rule decides otherwise: each of the sources with each of the destinations. */
struct departure {
	struct nat_at at;
	/* NAT_RETURN, NAT_MASQUERADE, NAT_SNAT, NAT_UNKNOWN. */
	enum nat_verdict verdict;
	enum ipmasq_verdict wanted;
	/* Belongs to the classes. */
	const struct source_set *sources;
	struct spans destinations;
};

struct departures {
	/* What became of every source: for destinations of LEVEL_AGREED some outcome agrees, so
	 * that a departure is conditional. */
	struct classes classes;
	struct departure *list;
	size_t count;
	size_t capacity;
	/* The number of the first that matters. */
	size_t first;
};

#endif
