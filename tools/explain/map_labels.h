/* SPDX-License-Identifier: Apache-2.0 */
/* The names on a map: those of what is listed, as far as they do not cover each other. */
#ifndef IPMASQ_MAP_LABELS_H
#define IPMASQ_MAP_LABELS_H

#include "explain/map_regions.h"

void map_labels_put(const struct map *map, const struct map_regions *regions, FILE *stream);

#endif
