/* SPDX-License-Identifier: Apache-2.0 */
/* Structs of callers that were built with another version of the library. */
#include "util/common.h"

#include <string.h>

void struct_fill(void *to, size_t size, const void *from, size_t from_size)
{
	size_t common = size < from_size ? size : from_size;

	memcpy(to, from, common);
	memset((char *)to + common, 0, size - common);
}
