/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow, and structs of callers that were built with another version of the library. */
#include "util/common.h"

#include <stdlib.h>
#include <string.h>

int array_grow(void *array_pointer, size_t *capacity, size_t count, size_t element_size)
{
	void **array = array_pointer;
	size_t wanted;
	void *grown;

	if (count < *capacity)
		return 0;
	wanted = *capacity ? *capacity * 2 : 8;
	if (wanted > SIZE_MAX / element_size)
		return -ENOMEM;
	grown = realloc(*array, wanted * element_size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*capacity = wanted;
	return 0;
}

int struct_fill(void *to, size_t size, const void *from, size_t known)
{
	size_t both = size < known ? size : known;

	if (!to || size == 0)
		return -EINVAL;
	memcpy(to, from, both);
	memset((char *)to + both, 0, size - both);
	return 0;
}
