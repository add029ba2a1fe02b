/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explains the verdict for an address: tries the entries in decision order, as rules are, and names
 * every entry that matches, not only the one that decides.
 */
#include <stdlib.h>

#include "policy/policy.h"

struct ipmasq_decision {
	/* The first one decides. */
	const struct ipmasq_entry **matches;
	size_t count;
	size_t capacity;
};

static int decision_add(struct ipmasq_decision *decision, const struct ipmasq_entry *entry)
{
	int r = array_grow(&decision->matches, &decision->capacity, decision->count,
			   sizeof(*decision->matches));

	if (r == 0)
		decision->matches[decision->count++] = entry;
	return r;
}

IPMASQ_EXPORT int ipmasq_policy_explain(const struct ipmasq_policy *policy,
					enum ipmasq_family family, const void *address,
					const void *source, struct ipmasq_decision **decision)
{
	const struct policy_family *f = policy_family(policy, family);
	struct prefix dst = { addr_from_bytes(family, address), (uint8_t)family_bits(family),
			      (uint8_t)family };
	struct prefix src = dst;
	struct ipmasq_decision *made = calloc(1, sizeof(*made));
	int r = made ? 0 : -ENOMEM;

	if (source)
		src.addr = addr_from_bytes(family, source);
	for (size_t i = source ? 0 : f->source_count; i < f->count && r == 0; i++)
		if (prefix_covers(&f->entries[i].prefix, i < f->source_count ? &src : &dst))
			r = decision_add(made, &f->entries[i]);
	if (r < 0) {
		ipmasq_decision_free(made);
		return r;
	}
	*decision = made;
	return 0;
}

IPMASQ_EXPORT void ipmasq_decision_free(struct ipmasq_decision *decision)
{
	if (!decision)
		return;
	free(decision->matches);
	free(decision);
}

IPMASQ_EXPORT const struct ipmasq_entry *
ipmasq_decision_entry(const struct ipmasq_decision *decision)
{
	return decision->matches[0];
}

IPMASQ_EXPORT size_t ipmasq_decision_override_count(const struct ipmasq_decision *decision)
{
	return decision->count - 1;
}

IPMASQ_EXPORT const struct ipmasq_entry *
ipmasq_decision_override(const struct ipmasq_decision *decision, size_t index)
{
	return index + 1 < decision->count ? decision->matches[index + 1] : NULL;
}
