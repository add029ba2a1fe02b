/* SPDX-License-Identifier: Apache-2.0 */
/* Which line of the script carries an entry out? */
#include <stdint.h>
#include <stdlib.h>

#include "explain.h"

struct rule_line {
	uintptr_t entry;
	size_t line;
};

struct rules {
	struct ipmasq_ruleset *ruleset;
	struct rule_line *lines; /* sorted by entry, then by line */
	size_t count;
};

static int compare(const void *a, const void *b)
{
	const struct rule_line *left = a;
	const struct rule_line *right = b;

	if (left->entry != right->entry)
		return left->entry < right->entry ? -1 : 1;
	return left->line < right->line ? -1 : left->line > right->line;
}

static int rules_index(struct rules *rules)
{
	size_t count = ipmasq_ruleset_rule_count(rules->ruleset);
	const struct ipmasq_entry *entry;

	rules->lines = calloc(count + 1, sizeof(*rules->lines));
	if (!rules->lines)
		return -1;
	/* Before the rules stand the table's line and one a chain, and no chain is without rules.
	 */
	for (size_t line = 1; line <= 2 * count + 1; line++) {
		entry = ipmasq_ruleset_entry_at(rules->ruleset, line);
		if (entry && rules->count < count)
			rules->lines[rules->count++] = (struct rule_line){ (uintptr_t)entry, line };
	}
	qsort(rules->lines, rules->count, sizeof(*rules->lines), compare);
	return 0;
}

struct rules *rules_new(const struct ipmasq_policy *policy, enum ipmasq_family family)
{
	struct rules *rules = calloc(1, sizeof(*rules));

	if (!rules)
		return NULL;
	if (ipmasq_ruleset_new(policy, family, 0, &rules->ruleset) < 0 || rules_index(rules) < 0) {
		rules_free(rules);
		return NULL;
	}
	return rules;
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	ipmasq_ruleset_free(rules->ruleset);
	free(rules->lines);
	free(rules);
}

const struct ipmasq_ruleset *rules_ruleset(const struct rules *rules)
{
	return rules->ruleset;
}

size_t rules_line_of(const struct rules *rules, const struct ipmasq_entry *entry)
{
	uintptr_t wanted = (uintptr_t)entry;
	size_t low = 0;
	size_t high = rules->count;
	size_t middle;

	/* The entry's first rule. */
	while (low < high) {
		middle = low + (high - low) / 2;
		if (rules->lines[middle].entry < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == rules->count || rules->lines[low].entry != wanted)
		return 0;
	return rules->lines[low].line;
}
