/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of a report about the backend nftables. */
#include "node/describe.h"
#include "node/kernel/native_table.h"
#include "node/native.h"

/* How many chains that are too many are named. */
#define SURPLUS_MAX 5

static void say_faults(struct work *w)
{
	static const struct {
		enum native_base_fault fault;
		const char *wanted;
	} faults[] = {
		{ NATIVE_BASE_TYPE, "type is not nat" },
		{ NATIVE_BASE_HOOK, "hook is not postrouting" },
		{ NATIVE_BASE_PRIORITY, "priority is not srcnat + 5" },
		{ NATIVE_BASE_POLICY, "policy is not accept" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		if (w->obs.native->faults & faults[i].fault)
			WORK_SAY(w, IPMASQ_LINE_JUMP_DIFFERS,
				 "base chain %s of table %s ipmasq is another one: its %s", w->root,
				 native_family_word(w), faults[i].wanted);
}

/* Why the base chain does not lead to the rules. */
static void say_base(struct work *w)
{
	const struct native_table *table = w->obs.native;
	const char *family = native_family_word(w);

	if (!table->has_base)
		WORK_SAY(w, IPMASQ_LINE_JUMP_MISSING, "base chain %s of table %s ipmasq is missing",
			 w->root, family);
	else if (!table->hooked)
		say_faults(w);
	else if (!native_is_led(w))
		WORK_SAY(
			w, table->generation ? IPMASQ_LINE_JUMP_DIFFERS : IPMASQ_LINE_JUMP_MISSING,
			"base chain %s of table %s ipmasq does not lead to the rules as it should: "
			"it has %zu rule%s",
			w->root, family, table->base_rules, table->base_rules == 1 ? "" : "s");
	if (table->dormant)
		WORK_SAY(w, IPMASQ_LINE_JUMP_DIFFERS,
			 "table %s ipmasq is dormant, so no rule of it is in force", family);
}

/* Chains of the generation in force that are not wanted. */
static void say_surplus(struct work *w)
{
	const struct ipmasq_ruleset *seen = w->obs.rules;

	for (size_t i = w->desired->count; i < seen->count && i < w->desired->count + SURPLUS_MAX;
	     i++)
		WORK_SAY(w, IPMASQ_LINE_STALE, "chain %s of table %s ipmasq is one too many",
			 seen->chains[i].name, native_family_word(w));
}

void native_describe_drift(struct work *w)
{
	const struct native_table *table = w->obs.native;
	/* With pods, what the last changes took out of force may stay for a while. */
	size_t stale = w->pods ? 0 : table->stale;

	say_base(w);
	if (table->generation && w->plan.chains_differ)
		native_describe_chains(w);
	if (table->generation)
		say_surplus(w);
	if (*table->odd)
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS, "%s is not one that we write", table->odd);
	if (stale > 0)
		WORK_SAY(w, IPMASQ_LINE_STALE,
			 "%zu stale chain%s and map%s of ours in table %s ipmasq", stale,
			 stale == 1 ? "" : "s", stale == 1 ? "" : "s", native_family_word(w));
}

void native_describe_changes(struct work *w)
{
	const struct native_table *table = w->obs.native;
	const struct plan *plan = &w->plan;
	size_t count = ruleset_rule_count(plan->rules);

	if (plan->chains_differ)
		WORK_SAY(w, IPMASQ_LINE_CHANGE, "chain %s %s: %zu rule%s in table %s ipmasq",
			 w->root, table->generation ? "rewritten" : "created", count,
			 count == 1 ? "" : "s", native_family_word(w));
	if (plan->add_jump)
		WORK_SAY(w, IPMASQ_LINE_CHANGE, "base chain %s %s", w->root,
			 table->has_base ? "put right" : "added");
	if (table->stale > 0 && !w->pods)
		WORK_SAY(w, IPMASQ_LINE_CHANGE, "%zu stale chains and maps removed", table->stale);
}

void native_describe_removal(struct work *w)
{
	const struct native_table *table = w->obs.native;

	WORK_SAY(w, IPMASQ_LINE_CHANGE, "chain %s removed from table %s ipmasq (nftables)", w->root,
		 native_family_word(w));
	if (table->others > 0)
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "table %s ipmasq stays, for it has chains that are not ours",
			 native_family_word(w));
}
