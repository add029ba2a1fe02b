/* SPDX-License-Identifier: Apache-2.0 */
/* What the maps of ipmasq-explain have in common: what stands beside them, and addresses. */
#ifndef IPMASQ_MAP_NOTES_H
#define IPMASQ_MAP_NOTES_H

#include "explain/explain_state.h"

#define MAP_NOTES_MAX	    5
#define MAP_NOTE_LENGTH	    (2 * ANSWER_PODS_MAX)
#define MAP_SUBTITLE_LENGTH 512

/* The notes beside a map, in the order in which they were added. */
struct map_notes {
	char texts[MAP_NOTES_MAX][MAP_NOTE_LENGTH];
	const char *list[MAP_NOTES_MAX + 1];
	size_t count;
};

/* The place for the next one. */
char *map_next_note(struct map_notes *notes);

/* Adds what the map of a policy does not show. */
void map_note_sources(struct map_notes *notes, const struct ipmasq_policy *policy);

/* Of what the map is: "IPv4 destinations, profile default, a.yaml". */
void map_put_subtitle(const struct explain *explain, char text[MAP_SUBTITLE_LENGTH]);

/* Ends the process if @r is an error. */
void map_drawn(int r);

/* An IPv4 address as a number. */
uint32_t map_address(const uint8_t bytes[16]);

#endif
