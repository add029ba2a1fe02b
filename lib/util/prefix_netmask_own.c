/* SPDX-License-Identifier: Apache-2.0 */
/* Netmasks without libcidr. */
#include <string.h>

#include "util/prefix_netmask.h"

bool netmask_read(const char *text, struct prefix *prefix)
{
	const char *slash = strchr(text, '/');
	enum ipmasq_family family;
	enum ipmasq_family mask_family;
	struct addr addr;
	struct addr mask;
	int len;

	if (!slash || addr_parse(text, (size_t)(slash - text), &family, &addr) != PREFIX_OK ||
	    addr_parse(slash + 1, strlen(slash + 1), &mask_family, &mask) != PREFIX_OK ||
	    family != mask_family)
		return false;
	len = addr_mask_len(family, mask);
	if (len < 0)
		return false;
	addr.hi &= mask.hi;
	addr.lo &= mask.lo;
	*prefix = (struct prefix){ addr, (uint8_t)len, (uint8_t)family };
	return true;
}
