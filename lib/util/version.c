/* SPDX-License-Identifier: Apache-2.0 */
#include "util/common.h"

IPMASQ_EXPORT const char *ipmasq_version(void)
{
	return PACKAGE_VERSION;
}
