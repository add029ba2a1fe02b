/* SPDX-License-Identifier: Apache-2.0 */
/* Allocates the slots of hash tables. */
#include "util/slots.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MIN 16

int slots_reset(struct slots *slots, size_t count)
{
	size_t size = SIZE_MIN;
	uint32_t *numbers;

	while (size < 2 * count)
		size *= 2;
	numbers = malloc(size * sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	/* SLOT_FREE is all ones. */
	memset(numbers, 0xff, size * sizeof(*numbers));
	free(slots->numbers);
	*slots = (struct slots){ numbers, size };
	return 0;
}

void slots_release(struct slots *slots)
{
	free(slots->numbers);
	*slots = (struct slots){ 0 };
}
