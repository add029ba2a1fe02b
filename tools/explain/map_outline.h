/* SPDX-License-Identifier: Apache-2.0 */
/* The outline of each region of a map, as the path of an SVG. */
#ifndef IPMASQ_MAP_OUTLINE_H
#define IPMASQ_MAP_OUTLINE_H

#include <stdio.h>

#include "explain/map_regions.h"

struct map_outline;

/* Ends the process if memory runs out. The regions must live longer. */
struct map_outline *map_outline_new(const struct map_regions *regions);
void map_outline_free(struct map_outline *outline);

/* Writes the data of the path around a region: its outer border, and that of each hole. */
void map_outline_put(struct map_outline *outline, size_t region, FILE *stream);

/* The middle of a region, in units of the picture. */
void map_outline_middle(const struct map_regions *regions, const struct map_region *region,
			double *x, double *y);

#endif
