/* SPDX-License-Identifier: Apache-2.0 */
/* What stands beside a map: its title, the legend, the ranges that matter, and notes. */
#ifndef IPMASQ_MAP_PANEL_H
#define IPMASQ_MAP_PANEL_H

#include "explain/map_regions.h"

/* The width of the panel in units of the picture. */
#define MAP_PANEL_WIDTH 460

/* Writes the panel, with its upper left corner at the origin. */
void map_panel_put(const struct map *map, const struct map_regions *regions, FILE *stream);

#endif
