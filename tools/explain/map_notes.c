/* SPDX-License-Identifier: Apache-2.0 */
/* What the maps of ipmasq-explain have in common: what stands beside them, and addresses. */
#include "explain/map_notes.h"

#include <stdio.h>

void map_drawn(int r)
{
	if (r < 0)
		cli_die(r, "cannot draw the map");
}

uint32_t map_address(const uint8_t bytes[16])
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

char *map_next_note(struct map_notes *notes)
{
	char *text = notes->texts[notes->count];

	notes->list[notes->count++] = text;
	return text;
}

/* How many CIDRs nonMasqueradeSrcCIDRs has. */
static size_t count_sources(const struct ipmasq_policy *policy)
{
	const struct ipmasq_entry *entry;
	size_t count = 0;

	for (size_t i = 0; (entry = ipmasq_policy_entry(policy, IPMASQ_IPV4, i)); i++)
		count += answer_entry(entry).origin == IPMASQ_ORIGIN_NON_MASQUERADE_SRC;
	return count;
}

void map_note_sources(struct map_notes *notes, const struct ipmasq_policy *policy)
{
	size_t sources = count_sources(policy);
	char pods[ANSWER_PODS_MAX];

	if (ipmasq_policy_pod_count(policy, IPMASQ_IPV4) > 0)
		snprintf(map_next_note(notes), MAP_NOTE_LENGTH,
			 "The map is for sources in podCIDRs, %s. All others keep their address.",
			 answer_pods(policy, IPMASQ_IPV4, pods));
	if (sources > 0)
		snprintf(map_next_note(notes), MAP_NOTE_LENGTH,
			 "Sources in nonMasqueradeSrcCIDRs (%zu CIDR%s) keep their address, "
			 "whatever the destination.",
			 sources, sources == 1 ? "" : "s");
}

void map_put_subtitle(const struct explain *explain, char text[MAP_SUBTITLE_LENGTH])
{
	const struct cli *cli = &explain->cli;
	int length = snprintf(text, MAP_SUBTITLE_LENGTH, "IPv4 destinations, profile %s",
			      explain->style.profile);

	for (size_t i = 0; i < cli->config_count && length < MAP_SUBTITLE_LENGTH; i++)
		length += snprintf(text + length, (size_t)(MAP_SUBTITLE_LENGTH - length), ", %s",
				   cli->configs[i]);
}
