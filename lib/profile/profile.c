/* SPDX-License-Identifier: Apache-2.0 */
/* The table of profiles: what each agent reads, and what it does where the file is silent. */
#include "profile/profile.h"

#include <string.h>

/* AKS's agent takes the interval from its command line, the others from the file. */
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
		.rules = { .profile = "default", .known_keys = KEYS_ALL },
		.chain = "IP-MASQ-AGENT",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_AUTO,
		.random_fully = IPMASQ_AUTO,
		.cidr_limit = UINT64_MAX,
	},
	{
		.rules = { .profile = "cce", .known_keys = KEYS_CCE, .host_names = true },
		.chain = "IP-MASQ-AGENT",
		.outbound = false,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_ON,
		.random_fully = IPMASQ_OFF,
		.cidr_limit = UINT64_MAX,
	},
	{
		.rules = { .profile = "kubernetes", .known_keys = KEYS_KUBERNETES },
		.chain = "IP-MASQ-AGENT",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_OFF,
		.random_fully = IPMASQ_AUTO,
		.ipv6_off_is_error = true,
		.cidr_limit = 64,
	},
	{
		.rules = { .profile = "gke", .known_keys = KEYS_KUBERNETES },
		.chain = "IP-MASQ",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_OFF,
		.random_fully = IPMASQ_AUTO,
		.ipv6_off_is_error = true,
		.cidr_limit = 64,
	},
	{
		.rules = { .profile = "tke", .known_keys = KEYS_TKE, .pascal_case = true },
		.chain = "IP-MASQ-AGENT",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_OFF,
		.random_fully = IPMASQ_OFF,
		.cidr_limit = UINT64_MAX,
	},
	{
		.rules = { .profile = "aks", .known_keys = KEYS_AKS, .file_pattern = "ip-masq*" },
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
		if (strcmp(profiles[i].rules.profile, name) == 0)
			return &profiles[i];
	return NULL;
}

const struct profile *profile_default(void)
{
	return &profiles[0];
}

IPMASQ_EXPORT const char *ipmasq_profile_name(size_t index)
{
	return index < ARRAY_SIZE(profiles) ? profiles[index].rules.profile : NULL;
}

const char *chain_name_error(const char *name)
{
	static const char *const taken[] = {
		"PREROUTING", "INPUT",	"OUTPUT", "POSTROUTING", "FORWARD", "ACCEPT",
		"DROP",	      "RETURN", "QUEUE",  "MASQUERADE",	 "SNAT",    "DNAT",
		"REDIRECT",   "NETMAP", "MARK",	  "LOG",
	};

	if (!name[0])
		return "is empty";
	if (strlen(name) > CHAIN_NAME_MAX)
		return "is longer than the 28 bytes that iptables allows";
	if (name[0] == '-' || name[0] == '!')
		return "starts with a character that iptables takes for an option";
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '"' || *c == '\'' || *c == '\\')
			return "has a blank, a quote, a backslash or a control character";
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (strcmp(name, taken[i]) == 0)
			return "is the name of a built-in chain or target";
	return NULL;
}
