/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --map: a picture of the IPv4 space, coloured by verdict or by what changes. */
#include "explain/explain_map.h"

#include <errno.h>
#include <stdlib.h>

#include "explain/explain_diff.h"
#include "explain/map_notes.h"
#include "explain/map_svg.h"

static bool is_masqueraded(const struct ipmasq_entry *entry)
{
	return ipmasq_entry_verdict(entry) == IPMASQ_MASQUERADE;
}

/* The verdict comes from an entry for certain destinations, not from what is for all others. */
static bool has_cidr(const struct ipmasq_entry *entry)
{
	return answer_entry(entry).cidr[0] != '\0';
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
	*range = (struct map_range){ .first = map_address(first),
				     .last = map_address(last),
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

enum cli_exit explain_map(struct explain *explain)
{
	struct policy_map policy = {
		.partition = view_partition(explain_view(explain, IPMASQ_IPV4)),
		.style = &explain->style,
	};
	char subtitle[MAP_SUBTITLE_LENGTH];
	struct map_notes notes = { .count = 0 };
	const struct map map = {
		.title = "Which traffic of pods is masqueraded",
		.subtitle = subtitle,
		.classes = verdict_classes,
		.class_count = sizeof(verdict_classes) / sizeof(verdict_classes[0]),
		.mixed = "both verdicts in one cell",
		.range_count = ipmasq_partition_count(policy.partition),
		.range = policy_range,
		.describe = policy_describe,
		.notes = notes.list,
		.data = &policy,
	};

	map_put_subtitle(explain, subtitle);
	map_note_sources(&notes, explain->policy);
	snprintf(map_next_note(&notes), MAP_NOTE_LENGTH,
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
		map_drawn(ipmasq_partition_new(policies[i], IPMASQ_IPV4, &partitions[i]));
	changes->ranges = calloc(ipmasq_partition_count(partitions[0]) +
					 ipmasq_partition_count(partitions[1]),
				 sizeof(*changes->ranges));
	if (!changes->ranges)
		map_drawn(-ENOMEM);
	do {
		struct change_range *range = &changes->ranges[changes->count++];
		uint32_t ends[2];

		range->first = first;
		for (int i = 0; i < 2; i++) {
			range->entries[i] =
				ipmasq_partition_get(partitions[i], indexes[i], NULL, last);
			ends[i] = map_address(last);
		}
		range->last = ends[0] < ends[1] ? ends[0] : ends[1];
		for (int i = 0; i < 2; i++)
			indexes[i] += ends[i] == range->last;
		first = range->last + 1;
	} while (first != 0);
}

/* The differences that the map does not show. */
static void note_others(struct map_notes *notes, const struct ipmasq_diff *diff)
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
			map_next_note(notes), MAP_NOTE_LENGTH,
			"Not on the map: %zu CIDR%s of IPv6 destinations and %zu of sources, which "
			"ipmasq-explain --diff lists.",
			six, six == 1 ? "" : "s", sources);
	else
		snprintf(map_next_note(notes), MAP_NOTE_LENGTH,
			 "All that differs is on the map: sources and IPv6 are as before.");
}

static void draw_changes(struct explain *explain, const char *const paths[2],
			 const struct change_map *changes, const struct ipmasq_diff *diff)
{
	char subtitle[MAP_SUBTITLE_LENGTH];
	struct map_notes notes = { .count = 0 };
	const struct map map = {
		.title = "What the new configuration changes",
		.subtitle = subtitle,
		.classes = change_classes,
		.class_count = sizeof(change_classes) / sizeof(change_classes[0]),
		.mixed = "some addresses of the cell change",
		.mixed_unmarked = "both verdicts in one cell, unchanged",
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
		map_drawn(ipmasq_policy_info(policies[0], &info, sizeof(info)));
		explain->style = (struct answer_style){
			.profile = info.profile,
			.reserved_ranges = explain->cli.reserved_ranges,
		};
		map_drawn(ipmasq_diff_new(policies[0], policies[1], &diff));
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
