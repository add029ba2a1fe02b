/* SPDX-License-Identifier: Apache-2.0 */
/* Families as words, the same in every output. */
#include "apply/names.h"

const char *family_name(enum ipmasq_family family)
{
	return family == IPMASQ_IPV4 ? "ipv4" : "ipv6";
}
