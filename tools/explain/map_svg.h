/* SPDX-License-Identifier: Apache-2.0 */
/* Draws a map of the IPv4 space as SVG. */
#ifndef IPMASQ_MAP_SVG_H
#define IPMASQ_MAP_SVG_H

#include "explain/map.h"

/* Writes the whole document. Running out of memory ends the process. */
void map_svg_put(const struct map *map, FILE *stream);

#endif
