/* SPDX-License-Identifier: Apache-2.0 */
/* What rules decide otherwise than the policy, as a list that overrides.c tells users about. */
#ifndef LIBIPMASQ_NAT_OVERRIDE_ENTRIES_H
#define LIBIPMASQ_NAT_OVERRIDE_ENTRIES_H

#include "nat/departures.h"

/* What it takes until a rule's verdict always comes about, less of it first. */
enum certainty {
	CERTAIN,
	/* That the packets carry no mark. */
	CERTAIN_UNMARKED,
	/* That the kernel asks the rule's base chain before others of the same priority. */
	CERTAIN_FIRST,
	CERTAIN_UNMARKED_FIRST,
	CONDITIONAL,
};

struct entry {
	struct nat_at at;
	enum nat_verdict verdict;
	enum ipmasq_verdict wanted;
	enum certainty certainty;
	bool alarm;
	/* In which it was found. */
	size_t order;
	bool any_source;
	struct spans sources;
	struct spans destinations;
};

struct entries {
	struct entry *list;
	size_t count;
	size_t capacity;
	/* NULL: these are all. */
	const char *incomplete;
};

void entry_release(struct entry *entry);
void entries_release(struct entries *entries);

/* Walks with all packets, and adds what is found. -ENOMEM. */
int entries_find(struct entries *entries, struct ground *ground);

#endif
