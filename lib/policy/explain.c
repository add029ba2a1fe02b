/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explains the verdict for an address: tries the entries in decision order, as rules are, and names
 * every entry that matches, not only the one that decides.
 */
#include <stdlib.h>

#include "policy/policy.h"

/* The public part is what the caller has a pointer to. */
struct decision {
	struct ipmasq_decision public;
	/* The first one decides. */
	const struct ipmasq_entry **matches;
	size_t count;
	size_t capacity;
};

static int decision_add(struct decision *decision, const struct ipmasq_entry *entry)
{
	int r = array_grow(&decision->matches, &decision->capacity, decision->count,
			   sizeof(*decision->matches));

	if (r == 0)
		decision->matches[decision->count++] = entry;
	return r;
}

static bool is_pod(const struct policy_family *f, const struct prefix *src)
{
	for (size_t i = 0; i < f->pod_count; i++)
		if (prefix_covers(&policy_pods(f)[i].prefix, src))
			return true;
	return false;
}

/* @src and @dst are prefixes of full length. */
static bool entry_matches(const struct policy_family *f, size_t index, const struct prefix *src,
			  const struct prefix *dst)
{
	const struct ipmasq_entry *entry = &f->entries[index];

	if (entry->outside_pods)
		return !is_pod(f, src);
	return prefix_covers(&entry->prefix, index < f->source_count ? src : dst);
}

IPMASQ_EXPORT int ipmasq_policy_explain(const struct ipmasq_policy *policy,
					enum ipmasq_family family, const void *address,
					const void *source, struct ipmasq_decision **decision)
{
	const struct policy_family *f;
	struct prefix dst = { .family = (uint8_t)family };
	struct decision *made;
	struct prefix src;
	int r = 0;

	if (!policy || !family_is_known(family) || !address || !decision)
		return -EINVAL;
	f = policy_family(policy, family);
	dst.addr = addr_from_bytes(family, address);
	dst.len = (uint8_t)family_bits(family);
	src = dst;
	if (source)
		src.addr = addr_from_bytes(family, source);
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	for (size_t i = source ? 0 : f->source_count; i < f->count && r == 0; i++)
		if (entry_matches(f, i, &src, &dst))
			r = decision_add(made, &f->entries[i]);
	if (r < 0) {
		ipmasq_decision_free(&made->public);
		return r;
	}
	made->public.entry = made->matches[0];
	made->public.overrides = made->matches + 1;
	made->public.override_count = made->count - 1;
	*decision = &made->public;
	return 0;
}

IPMASQ_EXPORT void ipmasq_decision_free(struct ipmasq_decision *decision)
{
	struct decision *made = (struct decision *)decision;

	if (!made)
		return;
	free(made->matches);
	free(made);
}
