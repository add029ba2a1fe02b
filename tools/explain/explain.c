/* SPDX-License-Identifier: Apache-2.0 */
/* Which answers does an address, a CIDR, or a whole policy have? */
#include "explain/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void must(int error)
{
	if (error < 0)
		cli_die(error, "cannot work out the answer");
}

struct view *explain_view(struct explain *explain, enum ipmasq_family family)
{
	return &explain->views[family == IPMASQ_IPV6];
}

const struct ipmasq_partition *view_partition(struct view *view)
{
	if (!view->partition)
		must(ipmasq_partition_new(view->policy, view->family, &view->partition));
	return view->partition;
}

static struct lineage *view_lineage(struct view *view)
{
	if (!view->lineage)
		view->lineage = lineage_new(view->policy, view->family);
	if (!view->lineage)
		must(-ENOMEM);
	return view->lineage;
}

/* The rules on the way of a packet, to be freed, or NULL where it matches none. */
static char *trace_rules(struct explain *explain, const struct answer *answer)
{
	struct view *view = explain_view(explain, answer->family);
	char *text = NULL;

	if (!view->ruleset)
		must(ipmasq_ruleset_new(view->policy, view->family, 0, &view->ruleset));
	must(ipmasq_ruleset_trace(view->ruleset, answer->first,
				  explain->has_source ? explain->source.first : NULL, &text));
	if (text[0])
		return text;
	free(text);
	return NULL;
}

/* Whether the pod's address alone decides, whatever the destination: the first step does. */
static void find_source_entry(struct explain *explain)
{
	const struct target *source = &explain->source;
	struct ipmasq_decision *decision;
	const struct ipmasq_entry *entry;

	if (!explain->has_source || explain_view(explain, source->family)->off)
		return;
	must(ipmasq_policy_explain(explain->policy, source->family, source->first, source->first,
				   &decision));
	entry = ipmasq_decision_entry(decision);
	if (ipmasq_entry_origin(entry) == IPMASQ_ORIGIN_NON_MASQUERADE_SRC)
		explain->source_entry = entry;
	ipmasq_decision_free(decision);
}

void explain_start(struct explain *explain)
{
	for (int i = 0; i < 2; i++) {
		explain->views[i].policy = explain->policy;
		explain->views[i].family = i ? IPMASQ_IPV6 : IPMASQ_IPV4;
	}
	explain->views[1].off = ipmasq_policy_ipv6(explain->policy) == IPMASQ_OFF;
	explain->style = (struct answer_style){
		.profile = ipmasq_policy_profile(explain->policy),
		.reserved_ranges = explain->cli.reserved_ranges,
		.colour = text_colour(stdout),
	};
	find_source_entry(explain);
}

void explain_finish(struct explain *explain)
{
	for (int i = 0; i < 2; i++) {
		ipmasq_partition_free(explain->views[i].partition);
		ipmasq_ruleset_free(explain->views[i].ruleset);
		lineage_free(explain->views[i].lineage);
	}
	ipmasq_policy_free(explain->policy);
}

void explain_say_off(struct explain *explain)
{
	if (explain->said_off || explain->quiet)
		return;
	explain->said_off = true;
	cli_say("note: IPv6 is off (--ipv6=on turns it on): there are no rules of ours for it, so "
		"we masquerade none of it");
}

/* Writes one answer, in full or as a line of a table. */
static void put(struct explain *explain, struct answer *answer, size_t width)
{
	bool brief = width > 0 && explain->cli.format == CLI_TEXT;
	char *rule = NULL;

	if (answer->entry && !brief)
		rule = trace_rules(explain, answer);
	answer->rule = rule;
	if (explain->cli.format == CLI_JSON)
		json_put(&explain->list, json_answer(answer));
	else if (brief)
		text_row(&explain->style, answer, explain->table ? "" : "  ", width);
	else
		text_answer(&explain->style, answer);
	free(rule);
}

/* The entries that match as well, all over the target; "nothing matched" is none. */
static size_t collect_overrides(const struct ipmasq_decision *decision, const struct target *target,
				const struct ipmasq_entry **overrides)
{
	size_t bytes = target->family == IPMASQ_IPV4 ? 4 : 16;
	size_t count = ipmasq_decision_override_count(decision);
	uint8_t first[16], last[16];
	enum ipmasq_family family;
	char cidr[IPMASQ_TEXT_MAX];
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		const struct ipmasq_entry *entry = ipmasq_decision_override(decision, i);
		enum ipmasq_origin origin = ipmasq_entry_origin(entry);

		if (origin == IPMASQ_ORIGIN_NONE)
			continue;
		if (origin != IPMASQ_ORIGIN_NON_MASQUERADE_SRC && ipmasq_entry_cidr(entry, cidr)) {
			must(ipmasq_parse_cidr(cidr, NULL, &family, first, last));
			if (memcmp(last, target->last, bytes) < 0)
				continue;
		}
		overrides[kept++] = entry;
	}
	return kept;
}

/* A target that has one answer. */
static void explain_whole(struct explain *explain, const struct target *target)
{
	struct answer answer = { .target = target->text,
				 .family = target->family,
				 .first = target->first };
	const struct ipmasq_entry **overrides;
	struct ipmasq_decision *decision;

	must(ipmasq_policy_explain(explain->policy, target->family, target->first,
				   explain->has_source ? explain->source.first : NULL, &decision));
	overrides = calloc(ipmasq_decision_override_count(decision) + 1, sizeof(*overrides));
	if (!overrides)
		must(-ENOMEM);
	answer.entry = ipmasq_decision_entry(decision);
	answer.overrides = overrides;
	answer.override_count = collect_overrides(decision, target, overrides);
	put(explain, &answer, 0);
	free(overrides);
	ipmasq_decision_free(decision);
}

/* Range number @index, cut to what lies within the target. */
static const struct ipmasq_entry *clipped_range(const struct ipmasq_partition *partition,
						const struct target *target, size_t index,
						struct target *part)
{
	size_t bytes = target->family == IPMASQ_IPV4 ? 4 : 16;
	const struct ipmasq_entry *entry;

	*part = (struct target){ .family = target->family };
	entry = ipmasq_partition_get(partition, index, part->first, part->last);
	if (memcmp(part->first, target->first, bytes) < 0)
		memcpy(part->first, target->first, bytes);
	if (memcmp(part->last, target->last, bytes) > 0)
		memcpy(part->last, target->last, bytes);
	return entry;
}

struct parts {
	const struct target *target;
	const struct ipmasq_partition *partition;
	size_t from;
	size_t to; /* the last one */
	size_t width; /* of the longest range as text */
	bool same_verdict;
};

static void measure_parts(struct parts *parts)
{
	enum ipmasq_verdict verdict = IPMASQ_RETURN;
	const struct ipmasq_entry *entry;
	char text[IPMASQ_TEXT_MAX];
	struct target part;
	size_t len;

	parts->same_verdict = true;
	for (size_t i = parts->from; i <= parts->to; i++) {
		entry = clipped_range(parts->partition, parts->target, i, &part);
		len = strlen(ipmasq_format_range(part.family, part.first, part.last, text));
		if (len > parts->width)
			parts->width = len;
		if (i == parts->from)
			verdict = ipmasq_entry_verdict(entry);
		else if (ipmasq_entry_verdict(entry) != verdict)
			parts->same_verdict = false;
	}
}

static void put_parts(struct explain *explain, const struct parts *parts)
{
	struct lineage *lineage = NULL;
	char text[IPMASQ_TEXT_MAX];
	struct target part;

	if (explain->cli.format == CLI_JSON) {
		lineage = view_lineage(explain_view(explain, parts->target->family));
		lineage_rewind(lineage);
	}
	for (size_t i = parts->from; i <= parts->to; i++) {
		struct answer answer = { .target = text,
					 .family = parts->target->family,
					 .first = part.first };

		answer.entry = clipped_range(parts->partition, parts->target, i, &part);
		ipmasq_format_range(part.family, part.first, part.last, text);
		if (lineage)
			answer.override_count = lineage_of(lineage, answer.entry, part.first,
							   part.last, &answer.overrides);
		put(explain, &answer, parts->width);
	}
}

static void explain_off(struct explain *explain, enum ipmasq_family family, const char *text,
			size_t width)
{
	struct answer answer = { .target = text, .family = family };

	explain_say_off(explain);
	put(explain, &answer, width);
}

static bool masqueraded(struct explain *explain, const struct parts *parts)
{
	if (explain->source_entry)
		return ipmasq_entry_verdict(explain->source_entry) == IPMASQ_MASQUERADE;
	return parts->same_verdict &&
	       ipmasq_entry_verdict(ipmasq_partition_get(parts->partition, parts->from, NULL,
							 NULL)) == IPMASQ_MASQUERADE;
}

static void find_parts(struct view *view, const struct target *target, struct parts *parts)
{
	*parts = (struct parts){ .target = target, .partition = view_partition(view) };
	parts->from = ipmasq_partition_find(parts->partition, target->first);
	parts->to = ipmasq_partition_find(parts->partition, target->last);
	measure_parts(parts);
}

void explain_target(struct explain *explain, const struct target *target)
{
	struct view *view = explain_view(explain, target->family);
	struct parts parts;

	if (view->off) {
		explain->all_masqueraded = false;
		if (!explain->quiet)
			explain_off(explain, target->family, target->text, 0);
		return;
	}
	find_parts(view, target, &parts);
	if (!masqueraded(explain, &parts))
		explain->all_masqueraded = false;
	if (explain->quiet)
		return;
	if (parts.from == parts.to || explain->source_entry) {
		explain_whole(explain, target);
		return;
	}
	if (explain->cli.format == CLI_TEXT)
		printf("%s: %zu parts, %s\n", target->text, parts.to - parts.from + 1,
		       parts.same_verdict ? "one verdict by different entries"
					  : "with different verdicts");
	put_parts(explain, &parts);
}

void explain_table(struct explain *explain)
{
	struct target all[2] = { { .family = IPMASQ_IPV4 }, { .family = IPMASQ_IPV6 } };
	struct parts parts[2] = { 0 };
	size_t width = sizeof("::/0") - 1;

	for (int i = 0; i < 2; i++) {
		memset(all[i].last, 0xff, sizeof(all[i].last));
		if (!explain->views[i].off)
			find_parts(&explain->views[i], &all[i], &parts[i]);
		if (parts[i].width > width)
			width = parts[i].width;
	}
	for (int i = 0; i < 2; i++) {
		parts[i].width = width;
		if (explain->views[i].off)
			explain_off(explain, all[i].family, "::/0", width);
		else
			put_parts(explain, &parts[i]);
	}
}
