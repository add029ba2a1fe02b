/* SPDX-License-Identifier: Apache-2.0 */
/* Answers for an address, a CIDR, or the whole address space. */
#include "explain/explain_target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain/answer_json.h"
#include "explain/answer_table.h"
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

/* What becomes of an answer. */
enum use {
	/* It is printed alone, in full. */
	USE_ALONE,
	USE_JSON,
	/* It is a line of a table, whose columns are measured first. */
	USE_MEASURE,
	USE_ROW,
};

static enum use use_alone(const struct explain *explain)
{
	return explain->cli.format == CLI_JSON ? USE_JSON : USE_ALONE;
}

/* Fills in for which sources an answer is, and the rules, where @wants_rule. The caller frees the
 * text that is returned. */
static char *complete_answer(struct explain *explain, struct answer *answer, bool wants_rule)
{
	char *rule = NULL;

	if (answer->entry)
		answer->pods = explain_pods(explain, answer->family);
	answer->every_source = !answer->pods && !explain->has_source;
	if (answer->entry && explain->style.chain[0] && wants_rule)
		rule = trace_rules(explain, answer);
	answer->rule = rule;
	return rule;
}

/* @table may be NULL if no table is written. */
static void use_answer(struct explain *explain, struct answer *answer, enum use use,
		       struct answer_table *table)
{
	char *rule = complete_answer(explain, answer, use != USE_MEASURE || table->room > 0);

	switch (use) {
	case USE_ALONE:
		answer_print(&explain->style, answer);
		break;
	case USE_JSON:
		json_list_put(&explain->list, answer_object(answer));
		break;
	case USE_MEASURE:
		answer_table_measure(table, answer);
		break;
	case USE_ROW:
		answer_table_row(table, answer);
		break;
	}
	free(rule);
}

/* The other entries that match the whole target. The default "nothing matched" is no entry. */
static size_t collect_overrides(const struct ipmasq_decision *decision, const struct target *target,
				const struct ipmasq_entry **overrides)
{
	size_t bytes = target->family == IPMASQ_IPV4 ? 4 : 16;
	size_t kept = 0;

	for (size_t i = 0; i < decision->override_count; i++) {
		const struct ipmasq_entry_details entry = answer_entry(decision->overrides[i]);
		bool by_source = entry.origin <= IPMASQ_ORIGIN_NON_MASQUERADE_SRC;

		if (entry.origin != IPMASQ_ORIGIN_NONE &&
		    (by_source || memcmp(entry.last, target->last, bytes) >= 0))
			overrides[kept++] = decision->overrides[i];
	}
	return kept;
}

void explain_with(struct explain *explain, const struct target *target, explain_use_fn *use,
		  void *context)
{
	struct answer answer = { .target = target->text,
				 .family = target->family,
				 .first = target->first };
	const struct ipmasq_entry **overrides;
	struct ipmasq_decision *decision;
	char *rule;

	if (explain_view(explain, target->family)->off) {
		use(explain, &answer, context);
		return;
	}
	explain_check(ipmasq_policy_explain(explain->policy, target->family, target->first,
					    explain->has_source ? explain->source.first : NULL,
					    &decision));
	overrides = calloc(decision->override_count + 1, sizeof(*overrides));
	if (!overrides)
		explain_check(-ENOMEM);
	answer.entry = decision->entry;
	answer.overrides = overrides;
	answer.override_count = collect_overrides(decision, target, overrides);
	rule = complete_answer(explain, &answer, true);
	use(explain, &answer, context);
	free(rule);
	free(overrides);
	ipmasq_decision_free(decision);
}

static void use_whole(struct explain *explain, const struct answer *answer, void *context)
{
	(void)context;
	if (explain->cli.format == CLI_JSON)
		json_list_put(&explain->list, answer_object(answer));
	else
		answer_print(&explain->style, answer);
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
	bool same_verdict;
};

static bool have_same_verdict(const struct parts *parts)
{
	const struct ipmasq_partition *partition = parts->partition;
	enum ipmasq_verdict verdict =
		ipmasq_entry_verdict(ipmasq_partition_get(partition, parts->from, NULL, NULL));

	for (size_t i = parts->from + 1; i <= parts->to; i++)
		if (ipmasq_entry_verdict(ipmasq_partition_get(partition, i, NULL, NULL)) != verdict)
			return false;
	return true;
}

static void use_parts(struct explain *explain, const struct parts *parts, enum use use,
		      struct answer_table *table)
{
	struct override_index *overrides =
		view_overrides(explain_view(explain, parts->target->family));
	char text[IPMASQ_TEXT_MAX];
	struct target part;

	override_index_rewind(overrides);
	for (size_t i = parts->from; i <= parts->to; i++) {
		struct answer answer = { .target = text,
					 .family = parts->target->family,
					 .first = part.first };

		answer.entry = clipped_range(parts->partition, parts->target, i, &part);
		ipmasq_format_range(part.family, part.first, part.last, text);
		answer.override_count = override_index_find(overrides, answer.entry, part.first,
							    part.last, &answer.overrides);
		use_answer(explain, &answer, use, table);
	}
}

/* The answer for a family without rules. */
static void use_off(struct explain *explain, enum ipmasq_family family, const char *text,
		    enum use use, struct answer_table *table)
{
	struct answer answer = { .target = text, .family = family };

	explain_say_off(explain);
	use_answer(explain, &answer, use, table);
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
	parts->same_verdict = have_same_verdict(parts);
}

static void print_parts(struct explain *explain, const struct parts *parts)
{
	struct answer_table table;

	printf("%s: %zu parts, %s\n", parts->target->text, parts->to - parts->from + 1,
	       parts->same_verdict ? "one verdict by different entries"
				   : "with different verdicts");
	if (explain_pods(explain, parts->target->family))
		answer_print_pods(explain->policy, parts->target->family);
	answer_table_open(&table, &explain->style, "  ");
	use_parts(explain, parts, USE_MEASURE, &table);
	answer_table_head(&table);
	use_parts(explain, parts, USE_ROW, &table);
	answer_table_close(&table);
}

void explain_target(struct explain *explain, const struct target *target)
{
	struct view *view = explain_view(explain, target->family);
	struct parts parts;

	if (view->off) {
		explain->all_masqueraded = false;
		if (!explain->quiet)
			use_off(explain, target->family, target->text, use_alone(explain), NULL);
		return;
	}
	find_parts(view, target, &parts);
	if (!all_masqueraded(explain, &parts))
		explain->all_masqueraded = false;
	if (explain->quiet)
		return;
	if (parts.from == parts.to || explain->source_entry) {
		explain_with(explain, target, use_whole, NULL);
		return;
	}
	if (explain->cli.format == CLI_JSON)
		use_parts(explain, &parts, USE_JSON, NULL);
	else
		print_parts(explain, &parts);
}

/* The whole space of one family. */
static void use_space(struct explain *explain, enum ipmasq_family family, enum use use,
		      struct answer_table *table)
{
	struct view *view = explain_view(explain, family);
	struct target all = { .family = family };
	struct parts parts;

	if (view->off) {
		use_off(explain, family, "::/0", use, table);
		return;
	}
	memset(all.last, 0xff, sizeof(all.last));
	find_parts(view, &all, &parts);
	use_parts(explain, &parts, use, table);
}

void explain_table(struct explain *explain)
{
	struct answer_table table;

	if (explain->cli.format == CLI_JSON) {
		use_space(explain, IPMASQ_IPV4, USE_JSON, NULL);
		use_space(explain, IPMASQ_IPV6, USE_JSON, NULL);
		return;
	}
	explain_say_pods(explain);
	answer_table_open(&table, &explain->style, "");
	use_space(explain, IPMASQ_IPV4, USE_MEASURE, &table);
	use_space(explain, IPMASQ_IPV6, USE_MEASURE, &table);
	answer_table_head(&table);
	use_space(explain, IPMASQ_IPV4, USE_ROW, &table);
	use_space(explain, IPMASQ_IPV6, USE_ROW, &table);
	answer_table_close(&table);
}
