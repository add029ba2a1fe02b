/* SPDX-License-Identifier: Apache-2.0 */
/* The table of profiles. Whatever is said about an agent comes from its row. */
#include "profile/profile.h"

#include <fnmatch.h>
#include <string.h>

#include "util/buf.h"

/* The agents of AKS and Cilium have no interval in the file. */
#define KEYS_SWITCHES                                                       \
	(KEY_BIT(KEY_NON_MASQUERADE_CIDRS) | KEY_BIT(KEY_MASQ_LINK_LOCAL) | \
	 KEY_BIT(KEY_MASQ_LINK_LOCAL_IPV6))
#define KEYS_INTERVAL	(KEYS_SWITCHES | KEY_BIT(KEY_RESYNC_INTERVAL))
#define KEYS_KUBERNETES (KEYS_INTERVAL | KEY_BIT(KEY_CIDR_LIMIT))
#define KEYS_CCE                                                                       \
	(KEYS_INTERVAL | KEY_BIT(KEY_MASQUERADE_CIDRS) | KEY_BIT(KEY_MASQ_OUT_BOUND) | \
	 KEY_BIT(KEY_MASQ_OUT_BOUND_IPV6))
#define KEYS_TKE (KEYS_KUBERNETES | KEY_BIT(KEY_NON_MASQUERADE_SRC_CIDRS))

/* What agents in Go read by way of YAML 1.1 and JSON. */
#define LENIENCE_YAML                                                              \
	(LENIENCE_BIT(LENIENCE_KEY_TWICE) | LENIENCE_BIT(LENIENCE_TWO_SPELLINGS) | \
	 LENIENCE_BIT(LENIENCE_SECOND_DOCUMENT) | LENIENCE_BIT(LENIENCE_MERGE_KEY))
#define LENIENCE_AKS (LENIENCE_YAML | LENIENCE_BIT(LENIENCE_PADDED_LENGTH))
/* These read the file over their defaults, which a null item leaves as they are. */
#define LENIENCE_KUBERNETES \
	(LENIENCE_AKS | LENIENCE_BIT(LENIENCE_ZERO_INTERVAL) | LENIENCE_BIT(LENIENCE_NULL_ITEM))

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
		.any_case = true,
		.host_names = true,
		.configmaps = "cce-ip-masq-agent",
		.chain = "IP-MASQ-AGENT",
		.outbound = false,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_ON,
		.random_fully = IPMASQ_OFF,
		.cidr_limit = 64,
		.null_interval_is_error = true,
		.lenience = LENIENCE_KUBERNETES,
	},
	{
		.name = "kubernetes",
		.known_keys = KEYS_KUBERNETES,
		.any_case = true,
		.configmaps = "ip-masq-agent",
		.chain = "IP-MASQ-AGENT",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_OFF,
		.random_fully = IPMASQ_AUTO,
		.ipv6_off_is_error = true,
		.cidr_limit = 64,
		.null_interval_is_error = true,
		.lenience = LENIENCE_KUBERNETES,
	},
	{
		.name = "gke",
		.known_keys = KEYS_KUBERNETES,
		.any_case = true,
		.configmaps = "ip-masq-agent",
		.chain = "IP-MASQ",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_OFF,
		.random_fully = IPMASQ_AUTO,
		.ipv6_off_is_error = true,
		.reserved_ranges = true,
		.cidr_limit = 64,
		.null_interval_is_error = true,
		.lenience = LENIENCE_KUBERNETES,
	},
	{
		.name = "tke",
		.known_keys = KEYS_TKE,
		.any_case = true,
		.pascal_case = true,
		.configmaps = "ip-masq-agent-config",
		.chain = "IP-MASQ-AGENT",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_OFF,
		.random_fully = IPMASQ_OFF,
		.cidr_limit = UINT64_MAX,
		.null_interval_is_error = true,
	},
	{
		.name = "aks",
		.known_keys = KEYS_SWITCHES,
		.any_case = true,
		.pascal_case = true,
		.configmaps = "azure-ip-masq-agent-config*",
		.file_pattern = "ip-masq*",
		.merges = true,
		.chain = "IP-MASQ-AGENT",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_OFF,
		.random_fully = IPMASQ_OFF,
		.ipv6_off_is_error = true,
		.switches_are_ored = true,
		.list_default = DEFAULT_WITHOUT_FILE,
		.cidr_limit = 64,
		.limit_per_file = true,
		.lenience = LENIENCE_AKS,
	},
	{
		.name = "cilium",
		.known_keys = KEYS_SWITCHES,
		.any_case = true,
		.masks_host_bits = true,
		.configmaps = "ip-masq-agent",
		.values_key = "ipMasqAgent",
		.outbound = true,
		.outbound_ipv6 = true,
		.ipv6 = IPMASQ_ON,
		.random_fully = IPMASQ_OFF,
		.list_default = DEFAULT_WITHOUT_BYTES,
		.reserved_ranges = true,
		.cidr_limit = UINT64_MAX,
		.lenience = LENIENCE_YAML,
	},
};

/* How many of the default list's entries are from RFC 1918. */
#define PRIVATE_COUNT 3

/* Those, and then RFC 6598, 6890, 5737, 7526, 2544, 5737, 5737, 1112. */
static const char *const ranges[] = {
	"10.0.0.0/8",	   "172.16.0.0/12",  "192.168.0.0/16", "100.64.0.0/10",
	"192.0.0.0/24",	   "192.0.2.0/24",   "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
};

const char *profile_default_entry(bool reserved, size_t index)
{
	return index < (reserved ? ARRAY_SIZE(ranges) : PRIVATE_COUNT) ? ranges[index] : NULL;
}

const struct profile *profile_at(size_t index)
{
	return index < ARRAY_SIZE(profiles) ? &profiles[index] : NULL;
}

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

bool profile_reads(const struct profile *profile, const char *configmap)
{
	if (profile->values_key && strcmp(profile->values_key, configmap) == 0)
		return true;
	return profile->configmaps && fnmatch(profile->configmaps, configmap, 0) == 0;
}

/* Whether the name is that of some agent's ConfigMap. */
static bool is_known(const char *configmap)
{
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++)
		if (profile_reads(&profiles[i], configmap))
			return true;
	return false;
}

bool profile_may_read(const struct profile *profile, const char *configmap)
{
	return !profile->configmaps || profile_reads(profile, configmap) || !is_known(configmap);
}

bool profile_may_share(const char *configmap, const char *other)
{
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++)
		if (profiles[i].configmaps && profile_may_read(&profiles[i], configmap) &&
		    profile_may_read(&profiles[i], other))
			return true;
	return false;
}

void profile_put_names(struct buf *buf, profile_test_fn *test, const char *text, const char *last)
{
	size_t count = 0;
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++)
		count += !test || test(&profiles[i], text);
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
		if (test && !test(&profiles[i], text))
			continue;
		if (at > 0 && at + 1 == count)
			buf_printf(buf, " %s ", last);
		else if (at > 0)
			buf_puts(buf, ", ");
		buf_puts(buf, profiles[i].name);
		at++;
	}
}

IPMASQ_EXPORT int ipmasq_profile_info(size_t index, struct ipmasq_profile_details *info,
				      size_t size)
{
	const struct profile *profile = profile_at(index);
	struct ipmasq_profile_details made = { 0 };

	if (!profile)
		return -ERANGE;
	made.name = profile->name;
	made.chain = profile->chain;
	made.merges = profile->merges;
	return struct_fill(info, size, &made, sizeof(made));
}

IPMASQ_EXPORT const char *ipmasq_profile_name(size_t index)
{
	return index < ARRAY_SIZE(profiles) ? profiles[index].name : NULL;
}
