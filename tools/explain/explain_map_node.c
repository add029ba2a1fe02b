/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --map --live and --map --from: where a node departs from the policy. */
#include "explain/explain_map_node.h"

#include <errno.h>
#include <stdlib.h>

#include "explain/map_notes.h"
#include "explain/map_svg.h"

/* So many ranges of sources stand in a tooltip. */
#define SOURCES_MAX 3

enum departure { INSTEAD_MASQUERADE, INSTEAD_RETURN, DEPENDS, AS_MASQUERADE, AS_RETURN };

static const struct map_class classes[] = {
	[INSTEAD_MASQUERADE] = { MAP_NOW_MASQUERADE, "RETURN \xe2\x86\x92 REWRITTEN",
				 "rewritten, and the policy leaves it alone", true },
	[INSTEAD_RETURN] = { MAP_NOW_RETURN, "MASQUERADE \xe2\x86\x92 OTHERWISE",
			     "the policy masquerades it, and the node does not", true },
	[DEPENDS] = { MAP_DEPENDS, "DEPENDS", "otherwise than the policy under conditions", true },
	[AS_MASQUERADE] = { MAP_PALE_MASQUERADE, "MASQUERADE", "as the policy says", false },
	[AS_RETURN] = { MAP_PALE_RETURN, "RETURN", "as the policy says", false },
};

/* Of a piece of the space without a departure. */
#define NONE SIZE_MAX

/* A range in which one entry of the policy decides, and what departs most there. */
struct piece {
	uint32_t first;
	uint32_t last;
	const struct ipmasq_entry *entry;
	/* The number of the override, or NONE. */
	size_t override;
	/* While overrides are put in: the next piece without one, perhaps. */
	size_t next;
};

struct node_map {
	const struct answer_style *style;
	const struct ipmasq_overrides *overrides;
	struct piece *pieces;
	size_t count;
};

/* Whether the map shows it: what alarms do, and what may be one. What known programs do under
 * conditions goes for marks and interfaces of their own. */
static bool is_shown(const struct ipmasq_override *it)
{
	if (it->rule.ours)
		return false;
	return it->alarm || (!it->certain && !it->unmarked && !it->first && !it->rule.owner);
}

static struct ipmasq_override get(const struct ipmasq_overrides *overrides, size_t index)
{
	struct ipmasq_override it;

	map_drawn(ipmasq_overrides_get(overrides, index, &it, sizeof(it)));
	return it;
}

/* Starts of ranges. */
struct cuts {
	uint32_t *list;
	size_t count;
	size_t capacity;
};

static void cut(struct cuts *cuts, uint32_t first)
{
	if (cuts->count == cuts->capacity) {
		cuts->capacity = cuts->capacity ? 2 * cuts->capacity : 256;
		cuts->list = realloc(cuts->list, cuts->capacity * sizeof(*cuts->list));
		if (!cuts->list)
			map_drawn(-ENOMEM);
	}
	cuts->list[cuts->count++] = first;
}

static int compare_numbers(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left;
	uint32_t b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

static bool next_range(const struct ipmasq_overrides *overrides, size_t index, size_t range,
		       uint32_t ends[2])
{
	uint8_t first[16];
	uint8_t last[16];

	if (ipmasq_overrides_range(overrides, index, false, range, first, last) < 0)
		return false;
	ends[0] = map_address(first);
	ends[1] = map_address(last);
	return true;
}

static void find_cuts(struct cuts *cuts, const struct ipmasq_partition *partition,
		      const struct ipmasq_overrides *overrides)
{
	size_t kept = 0;
	uint8_t first[16];
	uint32_t ends[2];

	for (size_t i = 0; i < ipmasq_partition_count(partition); i++) {
		ipmasq_partition_get(partition, i, first, NULL);
		cut(cuts, map_address(first));
	}
	for (size_t i = 0; i < ipmasq_overrides_count(overrides); i++) {
		struct ipmasq_override it = get(overrides, i);

		for (size_t j = 0; is_shown(&it) && next_range(overrides, i, j, ends); j++) {
			cut(cuts, ends[0]);
			if (ends[1] < UINT32_MAX)
				cut(cuts, ends[1] + 1);
		}
	}
	if (cuts->count > 1)
		qsort(cuts->list, cuts->count, sizeof(*cuts->list), compare_numbers);
	for (size_t i = 1; i < cuts->count; i++) {
		if (cuts->list[i] != cuts->list[kept])
			cuts->list[++kept] = cuts->list[i];
	}
	cuts->count = kept + 1;
}

static void make_pieces(struct node_map *map, const struct ipmasq_partition *partition)
{
	struct cuts cuts = { 0 };
	size_t entry = 0;
	uint8_t last[16];

	find_cuts(&cuts, partition, map->overrides);
	map->count = cuts.count;
	/* With one behind the last, to which `next` may lead. */
	map->pieces = calloc(map->count + 1, sizeof(*map->pieces));
	if (!map->pieces)
		map_drawn(-ENOMEM);
	for (size_t i = 0; i <= map->count; i++) {
		struct piece *piece = &map->pieces[i];

		piece->override = NONE;
		piece->next = i;
		if (i == map->count)
			break;
		piece->first = cuts.list[i];
		piece->last = i + 1 < map->count ? cuts.list[i + 1] - 1 : UINT32_MAX;
		piece->entry = ipmasq_partition_get(partition, entry, NULL, last);
		entry += map_address(last) == piece->last;
	}
	free(cuts.list);
}

/* The first piece from this one on that has no override. */
static size_t find_free(struct node_map *map, size_t index)
{
	while (map->pieces[index].next != index) {
		/* Halves the way for those who come after. */
		map->pieces[index].next = map->pieces[map->pieces[index].next].next;
		index = map->pieces[index].next;
	}
	return index;
}

static size_t find_piece(const struct node_map *map, uint32_t first)
{
	size_t low = 0;
	size_t high = map->count;

	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;

		if (map->pieces[middle].first <= first)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Alarms come first in the list, so that they are what is seen. */
static void put_overrides(struct node_map *map)
{
	uint32_t ends[2];

	for (size_t i = 0; i < ipmasq_overrides_count(map->overrides); i++) {
		struct ipmasq_override it = get(map->overrides, i);

		for (size_t j = 0; is_shown(&it) && next_range(map->overrides, i, j, ends); j++) {
			size_t at = find_free(map, find_piece(map, ends[0]));

			while (at < map->count && map->pieces[at].first <= ends[1]) {
				map->pieces[at].override = i;
				map->pieces[at].next = at + 1;
				at = find_free(map, at + 1);
			}
		}
	}
}

static enum departure departure_of(const struct node_map *map, const struct piece *piece)
{
	struct ipmasq_override it;

	if (piece->override == NONE)
		return ipmasq_entry_verdict(piece->entry) == IPMASQ_MASQUERADE ? AS_MASQUERADE
									       : AS_RETURN;
	it = get(map->overrides, piece->override);
	if (!it.alarm)
		return DEPENDS;
	return it.wanted == IPMASQ_RETURN ? INSTEAD_MASQUERADE : INSTEAD_RETURN;
}

static void put_range(const struct map *map, size_t index, struct map_range *range)
{
	const struct node_map *node = map->data;
	const struct piece *piece = &node->pieces[index];

	*range = (struct map_range){ .first = piece->first,
				     .last = piece->last,
				     .class = departure_of(node, piece),
				     .listed = piece->override != NONE };
}

static void describe_sources(const struct ipmasq_overrides *overrides, size_t index,
			     const struct ipmasq_override *it, FILE *stream)
{
	uint8_t first[16];
	uint8_t last[16];
	char text[IPMASQ_TEXT_MAX];

	for (size_t i = 0; i < it->sources && i < SOURCES_MAX; i++) {
		if (ipmasq_overrides_range(overrides, index, true, i, first, last) < 0)
			return;
		fprintf(stream, "%s%s", i ? ", " : " from ",
			ipmasq_format_range(IPMASQ_IPV4, first, last, text));
	}
	if (it->sources > SOURCES_MAX)
		fprintf(stream, " and %zu more ranges", it->sources - SOURCES_MAX);
}

/* The place of the rule comes first, since long texts are shortened in the middle. */
static void describe_departure(const struct ipmasq_overrides *overrides, size_t index, FILE *stream)
{
	struct ipmasq_override it = get(overrides, index);

	if (it.decided)
		fprintf(stream, "rule %zu of chain %s (%s, table %s %s%s%s)", it.rule.number,
			it.rule.chain, it.rule.backend, it.rule.family, it.rule.table,
			it.rule.owner ? "; " : "", it.rule.owner ? it.rule.owner : "");
	else
		fputs("no rule rewrites it", stream);
	if (it.unmarked)
		fputs(" without a mark", stream);
	describe_sources(overrides, index, &it, stream);
	if (it.first)
		fputs(", if the kernel asks its base chain first of those of one priority", stream);
	if (it.decided)
		fprintf(stream, ": `%s'", it.rule.text);
}

static void describe(const struct map *map, size_t index, FILE *stream)
{
	const struct node_map *node = map->data;
	const struct piece *piece = &node->pieces[index];
	const struct ipmasq_entry_details entry = answer_entry(piece->entry);

	if (piece->override != NONE) {
		describe_departure(node->overrides, piece->override, stream);
		fputs("; the policy: ", stream);
	}
	answer_put_entry(stream, node->style, &entry);
}

/* Counts what the map does not show, and says so. Returns whether there is an alarm. */
static bool count_hidden(const struct ipmasq_overrides *overrides, size_t *hidden)
{
	struct ipmasq_override it;
	bool alarm = false;

	*hidden = 0;
	for (size_t i = 0; i < ipmasq_overrides_count(overrides); i++) {
		it = get(overrides, i);
		alarm |= it.alarm;
		*hidden += !is_shown(&it) && !it.rule.ours;
	}
	return alarm;
}

/* Whether rules decide otherwise than the policy for IPv6, which has no map. */
static bool note_six(struct map_notes *notes, struct explain *explain, const struct ipmasq_nat *nat)
{
	struct ipmasq_overrides *overrides = NULL;
	const char *text = "IPv6 is not on the map.";
	bool alarm = false;
	size_t hidden;
	int r = -ENODATA;

	if (!explain_view(explain, IPMASQ_IPV6)->off)
		r = ipmasq_nat_overrides(nat, explain->policy, IPMASQ_IPV6, &overrides);
	if (r != -ENODATA) {
		map_drawn(r);
		alarm = count_hidden(overrides, &hidden);
		text = alarm ? "Not on the map: the node departs from the policy for IPv6 too."
			     : "The node does not depart from the policy for IPv6.";
		if (ipmasq_overrides_incomplete(overrides))
			text = "It cannot be told whether the node departs from the policy for "
			       "IPv6.";
		ipmasq_overrides_free(overrides);
	}
	snprintf(map_next_note(notes), MAP_NOTE_LENGTH, "%s", text);
	return alarm;
}

static void draw(struct explain *explain, const struct node_map *node,
		 const struct map_notes *notes)
{
	char subtitle[MAP_SUBTITLE_LENGTH];
	const struct map map = {
		.title = "Where the node departs from the policy",
		.subtitle = subtitle,
		.classes = classes,
		.class_count = sizeof(classes) / sizeof(classes[0]),
		.mixed = "the node departs for some addresses of the cell",
		.mixed_unmarked = "both verdicts in one cell, as the policy says",
		.range_count = node->count,
		.range = put_range,
		.describe = describe,
		.notes = notes->list,
		.data = node,
	};

	map_put_subtitle(explain, subtitle);
	map_svg_put(&map, stdout);
}

enum cli_exit explain_map_node(struct explain *explain, const struct ipmasq_nat *nat)
{
	struct node_map node = { .style = &explain->style };
	struct ipmasq_overrides *overrides = NULL;
	struct map_notes notes = { .count = 0 };
	const char *incomplete;
	size_t hidden;
	bool alarm;
	int r = ipmasq_nat_overrides(nat, explain->policy, IPMASQ_IPV4, &overrides);

	if (r == -ENODATA) {
		cli_say("the dump does not show table nat of IPv4");
		return CLI_SYSTEM;
	}
	map_drawn(r);
	incomplete = ipmasq_overrides_incomplete(overrides);
	if (incomplete) {
		cli_say("the map cannot be drawn: %s", incomplete);
		ipmasq_overrides_free(overrides);
		return CLI_SYSTEM;
	}
	alarm = count_hidden(overrides, &hidden);
	map_note_sources(&notes, explain->policy);
	if (hidden > 0)
		snprintf(map_next_note(&notes), MAP_NOTE_LENGTH,
			 "Not on the map: %zu rule%s of known programs, under conditions of their "
			 "own or for networks without pods.",
			 hidden, hidden == 1 ? "" : "s");
	alarm |= note_six(&notes, explain, nat);
	node.overrides = overrides;
	make_pieces(&node, view_partition(explain_view(explain, IPMASQ_IPV4)));
	put_overrides(&node);
	draw(explain, &node, &notes);
	free(node.pieces);
	ipmasq_overrides_free(overrides);
	return alarm ? CLI_NO : CLI_FINE;
}
