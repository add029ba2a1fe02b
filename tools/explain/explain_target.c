/* SPDX-License-Identifier: Apache-2.0 */
/* Answers for an address, a CIDR, or the whole address space. */
#include "explain/explain_target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain/answer_json.h"
#include "explain/answer_text.h"

/* The rules on the way of a packet, or NULL if it matches none. The caller frees the text. */
static char *trace_rules(struct explain *explain, const struct answer *answer)
{
	struct view *view = explain_view(explain, answer->family);
	char *text = NULL;

	explain_check(ipmasq_ruleset_trace(view_ruleset(view), answer->first,
					   explain->has_source ? explain->source.first : NULL,
					   &text));
	if (text[0])
		return text;
	free(text);
	return NULL;
}

/* Writes one answer, in full or, with a width, as a line of a table. */
static void write_answer(struct explain *explain, struct answer *answer, size_t width)
{
	bool brief = width > 0 && explain->cli.format == CLI_TEXT;
	char *rule = NULL;

	if (answer->entry)
		answer->pods = explain_pods(explain, answer->family);
	answer->every_source = !answer->pods && !explain->has_source;
	if (answer->entry && !brief && explain->style.chain[0])
		rule = trace_rules(explain, answer);
	answer->rule = rule;
	if (explain->cli.format == CLI_JSON)
		json_list_put(&explain->list, answer_object(answer));
	else if (brief)
		answer_print_row(&explain->style, answer, explain->table ? "" : "  ", width);
	else
		answer_print(&explain->style, answer);
	free(rule);
}

/* The other entries that match the whole target. The default "nothing matched" is no entry. */
static size_t collect_overrides(const struct ipmasq_decision *decision, const struct target *target,
				const struct ipmasq_entry **overrides)
{
	size_t bytes = target->family == IPMASQ_IPV4 ? 4 : 16;
	size_t kept = 0;

	for (size_t i = 0; i < decision->override_count; i++) {
		const struct ipmasq_entry_info entry = answer_entry(decision->overrides[i]);
		bool by_source = entry.origin <= IPMASQ_ORIGIN_NON_MASQUERADE_SRC;

		if (entry.origin != IPMASQ_ORIGIN_NONE &&
		    (by_source || memcmp(entry.last, target->last, bytes) >= 0))
			overrides[kept++] = decision->overrides[i];
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

	explain_check(ipmasq_policy_explain(explain->policy, target->family, target->first,
					    explain->has_source ? explain->source.first : NULL,
					    &decision));
	overrides = calloc(decision->override_count + 1, sizeof(*overrides));
	if (!overrides)
		explain_check(-ENOMEM);
	answer.entry = decision->entry;
	answer.overrides = overrides;
	answer.override_count = collect_overrides(decision, target, overrides);
	write_answer(explain, &answer, 0);
	free(overrides);
	ipmasq_decision_free(decision);
}

/* Range number @index, restricted to the target. */
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

/* The ranges of the partition that overlap a target. */
struct parts {
	const struct target *target;
	const struct ipmasq_partition *partition;
	size_t from;
	/* The last range. */
	size_t to;
	/* The length of the longest range as text. */
	size_t width;
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

static void write_parts(struct explain *explain, const struct parts *parts)
{
	struct override_index *overrides = NULL;
	char text[IPMASQ_TEXT_MAX];
	struct target part;

	if (explain->cli.format == CLI_JSON) {
		overrides = view_overrides(explain_view(explain, parts->target->family));
		override_index_rewind(overrides);
	}
	for (size_t i = parts->from; i <= parts->to; i++) {
		struct answer answer = { .target = text,
					 .family = parts->target->family,
					 .first = part.first };

		answer.entry = clipped_range(parts->partition, parts->target, i, &part);
		ipmasq_format_range(part.family, part.first, part.last, text);
		if (overrides)
			answer.override_count = override_index_find(
				overrides, answer.entry, part.first, part.last, &answer.overrides);
		write_answer(explain, &answer, parts->width);
	}
}

static void explain_off(struct explain *explain, enum ipmasq_family family, const char *text,
			size_t width)
{
	struct answer answer = { .target = text, .family = family };

	explain_say_off(explain);
	write_answer(explain, &answer, width);
}

/* Whether everything in the target is masqueraded. */
static bool all_masqueraded(struct explain *explain, const struct parts *parts)
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
	if (!all_masqueraded(explain, &parts))
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
	if (explain->cli.format == CLI_TEXT && explain_pods(explain, target->family))
		answer_print_pods(explain->policy, target->family);
	write_parts(explain, &parts);
}

void explain_table(struct explain *explain)
{
	struct target all[2] = { { .family = IPMASQ_IPV4 }, { .family = IPMASQ_IPV6 } };
	struct parts parts[2] = { 0 };
	size_t width = sizeof("::/0") - 1;

	if (explain->cli.format == CLI_TEXT)
		explain_say_pods(explain);
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
			write_parts(explain, &parts[i]);
	}
}
