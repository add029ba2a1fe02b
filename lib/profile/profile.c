/* SPDX-License-Identifier: Apache-2.0 */
/* The table of profiles. */
#include "profile/profile.h"

#include <string.h>

/* The agent of AKS takes the interval from its command line. */
#define KEYS_AKS                                                            \
	(KEY_BIT(KEY_NON_MASQUERADE_CIDRS) | KEY_BIT(KEY_MASQ_LINK_LOCAL) | \
	 KEY_BIT(KEY_MASQ_LINK_LOCAL_IPV6))
#define KEYS_KUBERNETES (KEYS_AKS | KEY_BIT(KEY_RESYNC_INTERVAL) | KEY_BIT(KEY_CIDR_LIMIT))
#define KEYS_CCE                                                                         \
	(KEYS_KUBERNETES | KEY_BIT(KEY_MASQUERADE_CIDRS) | KEY_BIT(KEY_MASQ_OUT_BOUND) | \
	 KEY_BIT(KEY_MASQ_OUT_BOUND_IPV6))
#define KEYS_TKE (KEYS_KUBERNETES | KEY_BIT(KEY_NON_MASQUERADE_SRC_CIDRS))

static const struct profile profiles[] = {
	{
		.name = "default",
		.known_keys = KEYS_ALL,
		.chain = "IP-MASQ-AGENT",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_AUTO,
		.random_fully = IPMASQ_AUTO,
		.cidr_limit = UINT64_MAX,
	},
	{
		.name = "cce",
		.known_keys = KEYS_CCE,
		.host_names = true,
		.chain = "IP-MASQ-AGENT",
		.outbound = false,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_ON,
		.random_fully = IPMASQ_OFF,
		.cidr_limit = UINT64_MAX,
	},
	{
		.name = "kubernetes",
		.known_keys = KEYS_KUBERNETES,
		.chain = "IP-MASQ-AGENT",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_OFF,
		.random_fully = IPMASQ_AUTO,
		.ipv6_off_is_error = true,
		.cidr_limit = 64,
	},
	{
		.name = "gke",
		.known_keys = KEYS_KUBERNETES,
		.chain = "IP-MASQ",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_OFF,
		.random_fully = IPMASQ_AUTO,
		.ipv6_off_is_error = true,
		.cidr_limit = 64,
	},
	{
		.name = "tke",
		.known_keys = KEYS_TKE,
		.pascal_case = true,
		.chain = "IP-MASQ-AGENT",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_OFF,
		.random_fully = IPMASQ_OFF,
		.cidr_limit = UINT64_MAX,
	},
	{
		.name = "aks",
		.known_keys = KEYS_AKS,
		.file_pattern = "ip-masq*",
		.chain = "IP-MASQ-AGENT",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_OFF,
		.random_fully = IPMASQ_OFF,
		.switches_are_ored = true,
		.cidr_limit = UINT64_MAX,
	},
};

const struct profile *profile_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	return NULL;
}

const struct profile *profile_default(void)
{
	return &profiles[0];
}

IPMASQ_EXPORT const char *ipmasq_profile_name(size_t index)
{
	return index < ARRAY_SIZE(profiles) ? profiles[index].name : NULL;
}
