/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --map: a picture of the IPv4 space, coloured by verdict or by what changes. */
#include "explain/explain_map.h"

#include <errno.h>
#include <stdlib.h>

#include "explain/explain_diff.h"
#include "explain/map_svg.h"

#define NOTES_MAX	4
#define NOTE_LENGTH	(2 * ANSWER_PODS_MAX)
#define SUBTITLE_LENGTH 512

static void drawn(int r)
{
	if (r < 0)
		cli_die(r, "cannot draw the map");
}

/* The notes beside a map, in the order in which they were added. */
struct notes {
	char texts[NOTES_MAX][NOTE_LENGTH];
	const char *list[NOTES_MAX + 1];
	size_t count;
};

/* The place for the next one. */
static char *next_note(struct notes *notes)
{
	char *text = notes->texts[notes->count];

	notes->list[notes->count++] = text;
	return text;
}

static uint32_t address_of(const uint8_t bytes[16])
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static bool is_masqueraded(const struct ipmasq_entry *entry)
{
	return ipmasq_entry_verdict(entry) == IPMASQ_MASQUERADE;
}

/* The verdict comes from an entry for certain destinations, not from what is for all others. */
static bool has_cidr(const struct ipmasq_entry *entry)
{
	return answer_entry(entry).cidr[0] != '\0';
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

/* What the map of a policy does not show. */
static void note_sources(struct notes *notes, const struct ipmasq_policy *policy)
{
	size_t sources = count_sources(policy);
	char pods[ANSWER_PODS_MAX];

	if (ipmasq_policy_pod_count(policy, IPMASQ_IPV4) > 0)
		snprintf(next_note(notes), NOTE_LENGTH,
			 "The map is for sources in podCIDRs, %s. All others keep their address.",
			 answer_pods(policy, IPMASQ_IPV4, pods));
	if (sources > 0)
		snprintf(next_note(notes), NOTE_LENGTH,
			 "Sources in nonMasqueradeSrcCIDRs (%zu CIDR%s) keep their address, "
			 "whatever the destination.",
			 sources, sources == 1 ? "" : "s");
}

/* The map of one policy. */

static const struct map_class verdict_classes[] = {
	{ MAP_MASQUERADE, "MASQUERADE", "the destination sees the node\xe2\x80\x99s address",
	  false },
	{ MAP_RETURN, "RETURN", "the destination sees the pod\xe2\x80\x99s address", false },
};

struct policy_map {
	const struct ipmasq_partition *partition;
	const struct answer_style *style;
};

static void policy_range(const struct map *map, size_t index, struct map_range *range)
{
	const struct policy_map *policy = map->data;
	const struct ipmasq_entry *entry;
	uint8_t first[16];
	uint8_t last[16];

	entry = ipmasq_partition_get(policy->partition, index, first, last);
	*range = (struct map_range){ .first = address_of(first),
				     .last = address_of(last),
				     .class = is_masqueraded(entry) ? 0 : 1,
				     .listed = has_cidr(entry) };
}

static void policy_describe(const struct map *map, size_t index, FILE *stream)
{
	const struct policy_map *policy = map->data;
	const struct ipmasq_entry_details entry =
		answer_entry(ipmasq_partition_get(policy->partition, index, NULL, NULL));

	answer_put_entry(stream, policy->style, &entry);
}

/* Of what the map is: "IPv4 destinations, a.yaml, profile default". */
static void put_subtitle(const struct explain *explain, char text[SUBTITLE_LENGTH])
{
	const struct cli *cli = &explain->cli;
	int length = snprintf(text, SUBTITLE_LENGTH, "IPv4 destinations, profile %s",
			      explain->style.profile);

	for (size_t i = 0; i < cli->config_count && length < SUBTITLE_LENGTH; i++)
		length += snprintf(text + length, (size_t)(SUBTITLE_LENGTH - length), ", %s",
				   cli->configs[i]);
}

enum cli_exit explain_map(struct explain *explain)
{
	struct policy_map policy = {
		.partition = view_partition(explain_view(explain, IPMASQ_IPV4)),
		.style = &explain->style,
	};
	char subtitle[SUBTITLE_LENGTH];
	struct notes notes = { .count = 0 };
	const struct map map = {
		.title = "Which traffic of pods is masqueraded",
		.subtitle = subtitle,
		.classes = verdict_classes,
		.class_count = sizeof(verdict_classes) / sizeof(verdict_classes[0]),
		.range_count = ipmasq_partition_count(policy.partition),
		.range = policy_range,
		.describe = policy_describe,
		.notes = notes.list,
		.data = &policy,
	};

	put_subtitle(explain, subtitle);
	note_sources(&notes, explain->policy);
	snprintf(next_note(&notes), NOTE_LENGTH,
		 "IPv6 is not on the map: ipmasq-explain --table lists it.");
	map_svg_put(&map, stdout);
	return CLI_FINE;
}

/* The map of what changes. */

enum change { NOW_MASQUERADE, NOW_RETURN, KEPT_MASQUERADE, KEPT_RETURN };

static const struct map_class change_classes[] = {
	[NOW_MASQUERADE] = { MAP_NOW_MASQUERADE, "RETURN \xe2\x86\x92 MASQUERADE",
			     "now masqueraded", true },
	[NOW_RETURN] = { MAP_NOW_RETURN, "MASQUERADE \xe2\x86\x92 RETURN", "no longer masqueraded",
			 true },
	[KEPT_MASQUERADE] = { MAP_PALE_MASQUERADE, "MASQUERADE", "as before", false },
	[KEPT_RETURN] = { MAP_PALE_RETURN, "RETURN", "as before", false },
};

static enum change change_of(bool before, bool after)
{
	if (before == after)
		return after ? KEPT_MASQUERADE : KEPT_RETURN;
	return after ? NOW_MASQUERADE : NOW_RETURN;
}

/* A range in which either policy has one entry. */
struct change_range {
	uint32_t first;
	uint32_t last;
	const struct ipmasq_entry *entries[2];
};

struct change_map {
	const struct answer_style *style;
	struct change_range *ranges;
	size_t count;
};

static void change_range(const struct map *map, size_t index, struct map_range *range)
{
	const struct change_range *change = &((const struct change_map *)map->data)->ranges[index];
	bool before = is_masqueraded(change->entries[0]);
	bool after = is_masqueraded(change->entries[1]);

	*range = (struct map_range){ .first = change->first,
				     .last = change->last,
				     .class = change_of(before, after),
				     .listed = before != after };
}

static void change_describe(const struct map *map, size_t index, FILE *stream)
{
	const struct change_map *changes = map->data;
	const struct change_range *change = &changes->ranges[index];
	const struct ipmasq_entry_details before = answer_entry(change->entries[0]);
	const struct ipmasq_entry_details after = answer_entry(change->entries[1]);

	fputs("before ", stream);
	answer_put_entry(stream, changes->style, &before);
	fputs(", after ", stream);
	answer_put_entry(stream, changes->style, &after);
}

/* Cuts the space wherever either policy does. */
static void find_changes(struct change_map *changes, struct ipmasq_policy *const policies[2],
			 struct ipmasq_partition *partitions[2])
{
	size_t indexes[2] = { 0, 0 };
	uint32_t first = 0;
	uint8_t last[16];

	for (int i = 0; i < 2; i++)
		drawn(ipmasq_partition_new(policies[i], IPMASQ_IPV4, &partitions[i]));
	changes->ranges = calloc(ipmasq_partition_count(partitions[0]) +
					 ipmasq_partition_count(partitions[1]),
				 sizeof(*changes->ranges));
	if (!changes->ranges)
		drawn(-ENOMEM);
	do {
		struct change_range *range = &changes->ranges[changes->count++];
		uint32_t ends[2];

		range->first = first;
		for (int i = 0; i < 2; i++) {
			range->entries[i] =
				ipmasq_partition_get(partitions[i], indexes[i], NULL, last);
			ends[i] = address_of(last);
		}
		range->last = ends[0] < ends[1] ? ends[0] : ends[1];
		for (int i = 0; i < 2; i++)
			indexes[i] += ends[i] == range->last;
		first = range->last + 1;
	} while (first != 0);
}

/* The differences that the map does not show. */
static void note_others(struct notes *notes, const struct ipmasq_diff *diff)
{
	struct ipmasq_difference difference;
	size_t six = 0;
	size_t sources = 0;

	for (size_t i = 0; ipmasq_diff_get(diff, i, &difference, sizeof(difference)) == 0; i++) {
		six += difference.family == IPMASQ_IPV6 && !difference.sources;
		sources += difference.sources;
	}
	if (six + sources > 0)
		snprintf(
			next_note(notes), NOTE_LENGTH,
			"Not on the map: %zu CIDR%s of IPv6 destinations and %zu of sources, which "
			"ipmasq-explain --diff lists.",
			six, six == 1 ? "" : "s", sources);
	else
		snprintf(next_note(notes), NOTE_LENGTH,
			 "All that differs is on the map: sources and IPv6 are as before.");
}

static void draw_changes(struct explain *explain, const char *const paths[2],
			 const struct change_map *changes, const struct ipmasq_diff *diff)
{
	char subtitle[SUBTITLE_LENGTH];
	struct notes notes = { .count = 0 };
	const struct map map = {
		.title = "What the new configuration changes",
		.subtitle = subtitle,
		.classes = change_classes,
		.class_count = sizeof(change_classes) / sizeof(change_classes[0]),
		.range_count = changes->count,
		.range = change_range,
		.describe = change_describe,
		.notes = notes.list,
		.data = changes,
	};

	snprintf(subtitle, sizeof(subtitle), "IPv4 destinations, profile %s, from %s to %s",
		 explain->style.profile, paths[0], paths[1]);
	note_others(&notes, diff);
	map_svg_put(&map, stdout);
}

enum cli_exit explain_map_diff(struct explain *explain, const char *const paths[2])
{
	struct change_map changes = { .style = &explain->style };
	struct ipmasq_policy *policies[2] = { NULL, NULL };
	struct ipmasq_partition *partitions[2] = { NULL, NULL };
	struct ipmasq_diff *diff = NULL;
	enum cli_exit status = explain_load_both(&explain->cli, paths, policies);
	struct ipmasq_policy_details info;

	if (status == CLI_FINE) {
		drawn(ipmasq_policy_info(policies[0], &info, sizeof(info)));
		explain->style = (struct answer_style){
			.profile = info.profile,
			.reserved_ranges = explain->cli.reserved_ranges,
		};
		drawn(ipmasq_diff_new(policies[0], policies[1], &diff));
		find_changes(&changes, policies, partitions);
		draw_changes(explain, paths, &changes, diff);
		if (ipmasq_diff_count(diff) > 0)
			status = CLI_NO;
	}
	free(changes.ranges);
	ipmasq_diff_free(diff);
	for (int i = 0; i < 2; i++) {
		ipmasq_partition_free(partitions[i]);
		ipmasq_policy_free(policies[i]);
	}
	return status;
}
