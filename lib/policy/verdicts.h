/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy does with the packets of one family, without who decides: two policies are the same
 * if these are equal.
 */
#ifndef LIBIPMASQ_VERDICTS_H
#define LIBIPMASQ_VERDICTS_H

#include "policy/policy.h"
#include "util/tally.h"

/* The address space as runs, of which every other one is in a set. */
struct runs {
	enum ipmasq_family family;
	/* Run i is starts[i] up to the address before starts[i + 1]. */
	struct addr *starts;
	size_t count;
	/* Whether the first run is in the set. */
	bool first_in;
};

static inline bool run_in(const struct runs *runs, size_t index)
{
	return runs->first_in ^ (index & 1);
}

struct addr run_last(const struct runs *runs, size_t index);

/* Whether none, or all, of the addresses are in the set. */
bool runs_none(const struct runs *runs);
bool runs_all(const struct runs *runs);

/* How many addresses are in the set, or if not @in, how many are not. */
struct tally runs_tally(const struct runs *runs, bool in);

/*
 * If no packet is masqueraded, all sources are in their set, and IPv4-mapped addresses, which no
 * IPv6 packet has, are where those before them are, so that policies that mean the same have the
 * same sets.
 */
struct verdicts {
	/* The destinations that are masqueraded, for a source that is in its set. */
	struct runs destinations;
	/* The sources whose destination decides. Packets from all others are left alone. */
	struct runs sources;
};

/* -ENOMEM. */
int verdicts_init(struct verdicts *verdicts, const struct ipmasq_policy *policy,
		  enum ipmasq_family family);
void verdicts_release(struct verdicts *verdicts);
bool verdicts_equal(const struct verdicts *a, const struct verdicts *b);

#endif
