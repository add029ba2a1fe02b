/* SPDX-License-Identifier: Apache-2.0 */
/* The Hilbert curve. */
#include "explain/hilbert.h"

#include <stdbool.h>

/*
 * From the largest quarters to the smallest. The curve in the first quarter is mirrored at one
 * diagonal of its square, that in the last at the other one, and those between are as the whole.
 */
void hilbert_cell(unsigned int order, uint32_t index, unsigned int *x, unsigned int *y)
{
	/* The quarters in the order of the line: top left, bottom left, bottom right, top right. */
	static const unsigned char columns[4] = { 0, 0, 1, 1 };
	static const unsigned char rows[4] = { 0, 1, 1, 0 };
	bool swapped = false;
	unsigned int turned = 0;

	*x = 0;
	*y = 0;
	for (unsigned int level = order; level-- > 0;) {
		unsigned int quarter = (index >> (2 * level)) & 3;
		unsigned int column = columns[quarter] ^ turned;
		unsigned int row = rows[quarter] ^ turned;

		*x = *x << 1 | (swapped ? row : column);
		*y = *y << 1 | (swapped ? column : row);
		if (quarter == 0 || quarter == 3)
			swapped = !swapped;
		if (quarter == 3)
			turned ^= 1;
	}
}
