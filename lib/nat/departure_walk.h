/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the walk with all packets share, see departures.h. */
#ifndef LIBIPMASQ_NAT_DEPARTURE_WALK_H
#define LIBIPMASQ_NAT_DEPARTURE_WALK_H

#include "nat/departure.h"

struct walker {
	struct departures *found;
	struct space *space;
	struct classes *classes;
	/* The destinations that are masqueraded. */
	uint64_t *masqueraded;
	/* Of the base chain that is being walked. */
	const struct nat_chain *base;
	bool is_last;
};

/* The sources that are in a chain. */
struct frame {
	/* The level of their destinations in that chain. */
	size_t level;
	const struct spans *atoms;
	struct class_list classes;
};

/* A rule's verdict for those of @where that are at @level: what the policy does not want is
 * recorded. -ENOMEM. */
int departure_decide(struct walker *w, const struct nat_at *at, enum nat_verdict verdict,
		     uint32_t class, size_t level, const struct spans *where);

/* The level of what RETURN, or the end of a chain at @level, leads to. */
size_t departure_level_behind(const struct walker *w, size_t level);

/* Takes the sources of a frame through the rules of a chain. -ENOMEM. */
int departure_walk_chain(struct walker *w, struct nat_at at, struct frame *frame,
			 unsigned int depth);

#endif
