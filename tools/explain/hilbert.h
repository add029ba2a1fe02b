/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Hilbert curve: a line through all cells of a square grid, on which neighbours stay
 * neighbours. Each aligned quarter, sixteenth and so on of the line fills a square. So addresses
 * along it make each CIDR a square, or two squares side by side.
 */
#ifndef IPMASQ_HILBERT_H
#define IPMASQ_HILBERT_H

#include <stdint.h>

/*
 * Where cell number @index is in a grid of 2^@order by 2^@order cells. The line starts in the top
 * left corner and ends in the top right one.
 */
void hilbert_cell(unsigned int order, uint32_t index, unsigned int *x, unsigned int *y);

#endif
