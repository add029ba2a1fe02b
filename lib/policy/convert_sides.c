/* SPDX-License-Identifier: Apache-2.0 */
/* How the agent of a profile can say what a policy does with the packets of one family. */
#include "policy/convert_sides.h"

/* Whether the agent has the keys for a form. */
static bool has_form(const struct convert_side *side, const struct profile *profile, enum form form)
{
	bool preset = side->family == IPMASQ_IPV4 ? profile->outbound : profile->outbound_ipv6;

	if (preset != (form != FORM_OFF) && !profile_knows(profile, side_outbound_key(side)))
		return false;
	return form != FORM_ON_LINK_LOCAL || profile_knows(profile, side_link_local_key(side));
}

static int find_off(struct convert_side *side, bool exceptions)
{
	const struct prefix everything = { .family = (uint8_t)side->family };
	struct shortest *form = &side->forms[FORM_OFF];

	form->impossible = !exceptions && !runs_none(&side->verdicts.destinations);
	return form->impossible ? 0
				: shortest_list(&side->verdicts.destinations, true, &everything,
						&form->exceptions);
}

static int find_on(struct convert_side *side, enum form form, bool exceptions)
{
	static const struct prefix link_local[2] = {
		{ { UINT64_C(0xa9fe) << 48, 0 }, 16, IPMASQ_IPV4 },
		{ { UINT64_C(0xfe80) << 48, 0 }, 10, IPMASQ_IPV6 },
	};
	const struct shortest_query query = {
		.runs = &side->verdicts.destinations,
		.cover_in = false,
		.exceptions = exceptions,
		.covered = form == FORM_ON ? &link_local[side->family == IPMASQ_IPV6] : NULL,
	};

	return shortest_find(&query, &side->forms[form]);
}

/* Lists the sources that are left alone. */
static int find_sources_alone(struct convert_side *side, const struct profile *profile)
{
	const struct prefix everything = { .family = (uint8_t)side->family };
	struct shortest *sources = &side->sources;

	sources->impossible = !profile_knows(profile, KEY_NON_MASQUERADE_SRC_CIDRS) &&
			      !runs_all(&side->verdicts.sources);
	return shortest_list(&side->verdicts.sources, false, &everything, &sources->exceptions);
}

/* Lists the sources that the policy is for, if that is shorter, or as short and was said so. */
static int find_sources(struct convert_side *side, const struct policy_family *f,
			const struct profile *profile)
{
	const struct shortest_query query = {
		.runs = &side->verdicts.sources,
		.cover_in = true,
		.exceptions = profile_knows(profile, KEY_NON_MASQUERADE_SRC_CIDRS),
	};
	struct shortest pods;
	int r = find_sources_alone(side, profile);

	/* Where all sources are concerned, neither list is needed. */
	if (r < 0 || !profile_knows(profile, KEY_POD_CIDRS) || runs_all(query.runs))
		return r;
	r = shortest_find(&query, &pods);
	if (r < 0)
		return r;
	if (side->sources.impossible ||
	    shortest_cost(&pods) < shortest_cost(&side->sources) + (f->pod_count > 0)) {
		shortest_release(&side->sources);
		side->sources = pods;
	} else {
		shortest_release(&pods);
	}
	return 0;
}

int convert_side_init(struct convert_side *side, const struct ipmasq_policy *policy,
		      enum ipmasq_family family, const struct profile *profile,
		      enum ipmasq_mode ipv6)
{
	bool exceptions = profile_knows(profile, KEY_MASQUERADE_CIDRS);
	int r;

	*side = (struct convert_side){
		.family = family,
		.off = family == IPMASQ_IPV6 && ipv6 == IPMASQ_OFF,
	};
	r = verdicts_init(&side->verdicts, policy, family);
	for (enum form form = 0; form < FORM_COUNT && r == 0; form++) {
		if (side->off || !has_form(side, profile, form))
			side->forms[form].impossible = true;
		else
			r = form == FORM_OFF ? find_off(side, exceptions)
					     : find_on(side, form, exceptions);
	}
	return r < 0 ? r : find_sources(side, policy_family(policy, family), profile);
}

void convert_side_release(struct convert_side *side)
{
	verdicts_release(&side->verdicts);
	for (enum form form = 0; form < FORM_COUNT; form++)
		shortest_release(&side->forms[form]);
	shortest_release(&side->sources);
}
