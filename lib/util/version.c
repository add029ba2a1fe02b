/* SPDX-License-Identifier: Apache-2.0 */
/* The version of the library. */
#include "util/common.h"

IPMASQ_EXPORT const char *ipmasq_version(void)
{
	return PACKAGE_VERSION;
}
