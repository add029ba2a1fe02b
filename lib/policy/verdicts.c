/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy does with the packets of one family, without who decides. */
#include "policy/verdicts.h"

#include <stdlib.h>

#include "policy/partition.h"

struct addr run_last(const struct runs *runs, size_t index)
{
	if (index + 1 < runs->count)
		return addr_previous(runs->starts[index + 1]);
	return (struct addr){ UINT64_MAX, UINT64_MAX };
}

bool runs_none(const struct runs *runs)
{
	return runs->count == 1 && !runs->first_in;
}

bool runs_all(const struct runs *runs)
{
	return runs->count == 1 && runs->first_in;
}

struct tally runs_tally(const struct runs *runs, bool in)
{
	struct tally tally = { .digits = { 0 } };

	for (size_t i = run_in(runs, 0) == in ? 0 : 1; i < runs->count; i += 2)
		tally_add(&tally, runs->family, runs->starts[i], run_last(runs, i));
	return tally;
}

/* Sets all addresses in, or all out. There is room for one run. */
static void runs_set(struct runs *runs, bool in)
{
	runs->starts[0] = (struct addr){ 0, 0 };
	runs->count = 1;
	runs->first_in = in;
}

static bool range_in(const struct ipmasq_partition *partition, size_t range, bool sources)
{
	const struct policy_family *f = policy_family(partition->policy, partition->family);
	uint32_t entry = partition->entries[range];

	return sources ? entry >= f->source_count : f->entries[entry].verdict == IPMASQ_MASQUERADE;
}

/*
 * Adds a range. That of the IPv4-mapped addresses, which no IPv6 packet has and no entry may name,
 * is added to what is before it.
 */
static void add_range(struct runs *runs, struct addr first, struct addr last, bool in)
{
	if (runs->family == IPMASQ_IPV6 && addr_is_mapped(first)) {
		if (addr_is_mapped(last))
			return;
		first = (struct addr){ 0, UINT64_C(1) << 48 };
	}
	/* The run that would be next is in, and so is the range, or neither. */
	if (in == run_in(runs, runs->count))
		runs->starts[runs->count++] = first;
}

static int runs_init(struct runs *runs, const struct ipmasq_policy *policy,
		     enum ipmasq_family family, bool sources)
{
	struct ipmasq_partition *partition;
	int r = sources ? partition_new_sources(policy, family, &partition)
			: partition_new_unindexed(policy, family, &partition);

	if (r < 0)
		return r;
	*runs = (struct runs){ .family = family, .first_in = range_in(partition, 0, sources) };
	runs->starts = malloc(partition->count * sizeof(*runs->starts));
	for (size_t i = 0; runs->starts && i < partition->count; i++)
		add_range(runs, partition->starts[i], partition_last(partition, i),
			  range_in(partition, i, sources));
	ipmasq_partition_free(partition);
	return runs->starts ? 0 : -ENOMEM;
}

int verdicts_init(struct verdicts *verdicts, const struct ipmasq_policy *policy,
		  enum ipmasq_family family)
{
	bool off = family == IPMASQ_IPV6 && policy->ipv6 == IPMASQ_OFF;
	int r;

	*verdicts = (struct verdicts){ .destinations = { .count = 0 } };
	r = runs_init(&verdicts->destinations, policy, family, false);
	if (r == 0)
		r = runs_init(&verdicts->sources, policy, family, true);
	if (r < 0) {
		verdicts_release(verdicts);
		return r;
	}
	if (off || runs_none(&verdicts->destinations) || runs_none(&verdicts->sources)) {
		runs_set(&verdicts->destinations, false);
		runs_set(&verdicts->sources, true);
	}
	return 0;
}

void verdicts_release(struct verdicts *verdicts)
{
	free(verdicts->destinations.starts);
	free(verdicts->sources.starts);
	*verdicts = (struct verdicts){ .destinations = { .count = 0 } };
}

static bool runs_equal(const struct runs *a, const struct runs *b)
{
	bool equal = a->count == b->count && a->first_in == b->first_in;

	for (size_t i = 0; equal && i < a->count; i++)
		equal = addr_equal(a->starts[i], b->starts[i]);
	return equal;
}

bool verdicts_equal(const struct verdicts *a, const struct verdicts *b)
{
	return runs_equal(&a->destinations, &b->destinations) &&
	       runs_equal(&a->sources, &b->sources);
}
