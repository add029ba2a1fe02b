/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that were replaced while flows which they translated were not dealt with yet. */
#include "node/pending_flows.h"

#include <string.h>

#include "rules/ruleset.h"

static bool is_same(const struct ipmasq_ruleset *a, const struct ipmasq_ruleset *b)
{
	if (!a || !b)
		return a == b;
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!chain_equal(&a->chains[i], &b->chains[i]))
			return false;
	return true;
}

void pending_flows_add(struct pending_flows *pending, struct ipmasq_ruleset *before)
{
	/* The same write may be tried again and again. */
	for (size_t i = 0; i < pending->count; i++)
		if (is_same(pending->before[i], before)) {
			ipmasq_ruleset_free(before);
			return;
		}
	if (pending->count == PENDING_MAX) {
		ipmasq_ruleset_free(pending->before[0]);
		pending->count--;
		memmove(pending->before, pending->before + 1,
			pending->count * sizeof(pending->before[0]));
	}
	pending->before[pending->count++] = before;
}

void pending_flows_forget(struct pending_flows *pending)
{
	for (size_t i = 0; i < pending->count; i++)
		ipmasq_ruleset_free(pending->before[i]);
	pending->count = 0;
}
