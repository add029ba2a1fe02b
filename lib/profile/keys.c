/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the key that a name stands for. */
#include "profile/keys.h"

#include <string.h>

#include "util/ascii.h"

static const char *const config_key_names[KEY_COUNT] = {
	[KEY_MASQUERADE_CIDRS] = "masqueradeCIDRs",
	[KEY_NON_MASQUERADE_CIDRS] = "nonMasqueradeCIDRs",
	[KEY_NON_MASQUERADE_SRC_CIDRS] = "nonMasqueradeSrcCIDRs",
	[KEY_POD_CIDRS] = "podCIDRs",
	[KEY_MASQ_OUT_BOUND] = "masqOutBound",
	[KEY_MASQ_OUT_BOUND_IPV6] = "masqOutBoundIPv6",
	[KEY_MASQ_LINK_LOCAL] = "masqLinkLocal",
	[KEY_MASQ_LINK_LOCAL_IPV6] = "masqLinkLocalIPv6",
	[KEY_RESYNC_INTERVAL] = "resyncInterval",
	[KEY_CIDR_LIMIT] = "cidrLimit",
};

const char *config_key_name(enum config_key key)
{
	return config_key_names[key];
}

enum config_key config_key_find(const char *name, size_t len)
{
	enum config_key key = 0;

	for (; key < KEY_COUNT; key++)
		if (len == strlen(config_key_names[key]) &&
		    ascii_equal_ignoring_case(name, config_key_names[key], len))
			break;
	return key;
}
