/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of a map: numbers, shares and ranges for people, and texts that must not be too long.
 */
#ifndef IPMASQ_MAP_TEXT_H
#define IPMASQ_MAP_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "explain/map.h"
#include "ipmasq.h"

#define MAP_TEXT_MAX 32

/* "4,294,967,296". Returns @text. */
const char *map_text_number(uint64_t number, char text[MAP_TEXT_MAX]);

/* The share of the space that so many addresses are: "12.5 %". Returns @text. */
const char *map_text_share(uint64_t addresses, char text[MAP_TEXT_MAX]);

/* "10.0.0.0/8", or "10.0.0.1-10.0.0.9". Returns @text. */
const char *map_text_range(uint32_t first, uint32_t last, char text[IPMASQ_TEXT_MAX]);

/* A copy of a text as valid UTF-8, for the caller to free. Of more than @max characters the middle
 * is left out: what decides ends with its place. Running out of memory ends the process. */
char *map_text_cut(const char *text, size_t max);

/* What decides in a range, in that way. */
char *map_text_description(const struct map *map, size_t index, size_t max);

#endif
