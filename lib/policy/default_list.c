/* SPDX-License-Identifier: Apache-2.0 */
/* The default of nonMasqueradeCIDRs, and when it applies. */
#include "policy/default_list.h"

/* RFC 1918. */
#define PRIVATE_COUNT 3

/* Then RFC 6598, 6890, 5737, 7526, 2544, 5737, 5737, 1112. */
static const char *const ranges[] = {
	"10.0.0.0/8",	   "172.16.0.0/12",  "192.168.0.0/16", "100.64.0.0/10",
	"192.0.0.0/24",	   "192.0.2.0/24",   "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
};

const char *default_list_entry(bool reserved, size_t index)
{
	return index < (reserved ? ARRAY_SIZE(ranges) : PRIVATE_COUNT) ? ranges[index] : NULL;
}

/* Whether a part has something in it. What a program adds is there like the text of a file. */
static bool has_content(const struct ipmasq_config *config)
{
	for (size_t i = 0; i < config->count; i++)
		if (!config->parts[i].no_bytes)
			return true;
	return false;
}

bool default_list_applies(const struct profile *profile, const struct ipmasq_config *config,
			  bool given)
{
	switch (profile->list_default) {
	case DEFAULT_WITHOUT_LIST:
		return !given;
	case DEFAULT_WITHOUT_FILE:
		return config->count == 0;
	case DEFAULT_WITHOUT_BYTES:
		return !has_content(config);
	}
	return !given;
}
