/* SPDX-License-Identifier: Apache-2.0 */
/* Structs of callers that were built with another version of the library. */
#include "util/common.h"

#include <string.h>

int struct_fill(void *to, size_t size, const void *from, size_t known)
{
	size_t both = size < known ? size : known;

	if (!to || size == 0)
		return -EINVAL;
	memcpy(to, from, both);
	memset((char *)to + both, 0, size - both);
	return 0;
}
