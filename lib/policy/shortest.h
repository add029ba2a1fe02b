/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shortest way to write a set of addresses as two lists of CIDRs: `covers`, and `exceptions`,
 * which win over these.
 */
#ifndef LIBIPMASQ_SHORTEST_H
#define LIBIPMASQ_SHORTEST_H

#include "policy/verdicts.h"
#include "util/ranges.h"

/* -ENOMEM. */
int prefixes_add(struct prefixes *list, const struct prefix *prefix);
void prefixes_release(struct prefixes *list);

/* What is to be written, and how. */
struct shortest_query {
	const struct runs *runs;
	/* The addresses to be covered are those in the set of the runs; or those that are not. */
	bool cover_in;
	/* There is a list of exceptions: addresses that are not to be covered may be, if they are
	 * in it. */
	bool exceptions;
	/* Addresses that count as covered without any entry; NULL: none do. */
	const struct prefix *covered;
};

struct shortest {
	struct prefixes covers;
	struct prefixes exceptions;
	/* There are no lists that say it. */
	bool impossible;
};

/* The number of entries of both lists. */
static inline size_t shortest_cost(const struct shortest *shortest)
{
	return shortest->covers.count + shortest->exceptions.count;
}

/* IPv4-mapped addresses, which no entry may name, are in either list or in none. Of no other pair
 * of lists that says the same is the number of entries together smaller. -ENOMEM.
 */
int shortest_find(const struct shortest_query *query, struct shortest *shortest);
void shortest_release(struct shortest *shortest);

/* Appends the fewest CIDRs for the addresses that are in the set, or if not @in, that are not, as
 * far as they lie within @within. -ENOMEM. */
int shortest_list(const struct runs *runs, bool in, const struct prefix *within,
		  struct prefixes *list);

#endif
