/* SPDX-License-Identifier: Apache-2.0 */
/* How the agent of a profile can say what a policy does with the packets of one family. */
#ifndef LIBIPMASQ_CONVERT_SIDES_H
#define LIBIPMASQ_CONVERT_SIDES_H

#include "policy/shortest.h"

/* The ways to say what happens to destinations. */
enum form {
	/* The outbound switch is on. `covers` are nonMasqueradeCIDRs, `exceptions` masqueradeCIDRs.
	 */
	FORM_ON,
	/* The same, and link-local has no special place: masqLinkLocal is on. */
	FORM_ON_LINK_LOCAL,
	/* The outbound switch is off. Only masqueradeCIDRs are needed. */
	FORM_OFF,
	FORM_COUNT,
};

struct convert_side {
	enum ipmasq_family family;
	/* The agent leaves packets of this family alone. */
	bool off;
	struct verdicts verdicts;
	/* Each is impossible if the agent has not the keys for it. */
	struct shortest forms[FORM_COUNT];
	enum form chosen;
	/* `covers` are podCIDRs, `exceptions` nonMasqueradeSrcCIDRs. */
	struct shortest sources;
};

static inline enum config_key side_outbound_key(const struct convert_side *side)
{
	return side->family == IPMASQ_IPV4 ? KEY_MASQ_OUT_BOUND : KEY_MASQ_OUT_BOUND_IPV6;
}

static inline enum config_key side_link_local_key(const struct convert_side *side)
{
	return side->family == IPMASQ_IPV4 ? KEY_MASQ_LINK_LOCAL : KEY_MASQ_LINK_LOCAL_IPV6;
}

/* Finds the lists of every form. @ipv6 is the mode in which the agent runs. -ENOMEM. */
int convert_side_init(struct convert_side *side, const struct ipmasq_policy *policy,
		      enum ipmasq_family family, const struct profile *profile,
		      enum ipmasq_mode ipv6);
void convert_side_release(struct convert_side *side);

#endif
