/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of pods whose addresses lie in various ways, and their rules. */
#include "support/pod_sets.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/prefix_sets.h"
#include "support/unit.h"

const char *const pods_spread_names[PODS_SPREADS] = { "one after the other", "anywhere", "a comb" };

struct addr sample_pods_address(enum ipmasq_family family, enum pods_spread spread, size_t index)
{
	uint64_t base = family == IPMASQ_IPV6 ? UINT64_C(0xfd00000000000000) : UINT64_C(10) << 56;
	struct addr address = { .hi = base };
	uint64_t mixed = (index + 1) * UINT64_C(0x9e3779b97f4a7c15);

	if (spread == PODS_ANYWHERE)
		address.hi |= mixed >> 8 &
			      (family == IPMASQ_IPV6 ? UINT64_MAX : ~UINT64_C(0xffffffff));
	else if (spread == PODS_ONE_AFTER_THE_OTHER && family == IPMASQ_IPV4)
		address.hi |= (uint64_t)index << 32;
	else if (spread == PODS_ONE_AFTER_THE_OTHER)
		address.lo = index;
	/* One per length, again and again a little further. */
	else if (family == IPMASQ_IPV4)
		address.hi |= (UINT64_C(1) << (32 + index % 24)) + ((uint64_t)(index / 24) << 32);
	else
		address.lo = (UINT64_C(1) << (index % 60)) + index / 60;
	return address;
}

static void make_policies(struct sample_pods *pods, enum ipmasq_family family)
{
	pods->policies[0] = set_policy(SET_RANDOM, 5, family, 1);
	pods->policies[1] = set_policy(SET_NESTED, 300, family, 2);
	pods->policies[2] = set_policy(SET_HOSTS, 40, family, 3);
}

void sample_pods_policies(struct sample_pods *pods)
{
	for (size_t i = 0; i < pods->set.network_count; i++) {
		char last = pods->set.networks[i].name[pods->set.networks[i].name_len - 1];

		pods->set.networks[i].policy = pods->policies[(size_t)(last - '0') % 3];
	}
}

bool sample_pods_begin(struct sample_pods *pods, enum ipmasq_family family, size_t count)
{
	*pods = (struct sample_pods){ .none = NULL };
	make_policies(pods, family);
	pods->labels = calloc(count, sizeof(*pods->labels));
	return CHECK(pods->labels && pods->policies[0] && pods->policies[1] && pods->policies[2] &&
			     ruleset_new_empty(family, &pods->none) == 0 &&
			     pod_set_read(&pods->set, pods->none, PODS_ROOT) == 0,
		     "pods");
}

void sample_pods_add(struct sample_pods *pods, enum pods_spread spread, size_t index,
		     size_t networks)
{
	struct addr address = sample_pods_address(pods->none->family, spread, index);
	char network[32];
	char id[32];

	snprintf(network, sizeof(network), "net-%zu", index % networks);
	snprintf(id, sizeof(id), "pod-%zu", index);
	pod_label_write(network, id, "eth0", pods->labels[index]);
	CHECK(pod_set_add(&pods->set, address, pods->labels[index]) == 0, "added");
	sample_pods_policies(pods);
}

bool sample_pods_make(struct sample_pods *pods, enum ipmasq_family family, enum pods_spread spread,
		      size_t count, size_t networks)
{
	if (!sample_pods_begin(pods, family, count))
		return false;
	for (size_t i = 0; i < count; i++)
		sample_pods_add(pods, spread, i, networks);
	return true;
}

void sample_pods_release(struct sample_pods *pods)
{
	pod_set_release(&pods->set);
	ipmasq_ruleset_free(pods->none);
	for (size_t i = 0; i < ARRAY_SIZE(pods->policies); i++)
		ipmasq_policy_free(pods->policies[i]);
	free(pods->labels);
}

struct ipmasq_ruleset *sample_pods_build(struct pod_set *set, unsigned int flags, char generation)
{
	const struct pod_form form = { .flags = flags,
				       .generation = generation,
				       .first = PODS_ROOT };
	struct ipmasq_ruleset *ruleset = NULL;
	uint32_t odd = 0;

	CHECK(pod_set_build(set, &form, &ruleset, &odd) == 0, "built");
	return ruleset;
}
