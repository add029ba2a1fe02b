/* SPDX-License-Identifier: Apache-2.0 */
/* A target for libFuzzer: everybody's rules, interfaces and routes, as the kernel sends them. What
 * is read can be walked, and is the same of a legacy table from which the rest was taken away. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "nat/walk.h"
#include "support/nat_replay.h"
#include "support/nat_text.h"

static void check_condition(const struct nat_condition *condition)
{
	INSIST(condition->text);
	if (condition->kind == NAT_ON_SOURCE || condition->kind == NAT_ON_DESTINATION) {
		const struct nat_set *set = condition->set;

		for (size_t i = 1; set && i < set->ranges.count; i++)
			INSIST(addr_compare(set->ranges.ranges[i - 1].last,
					    set->ranges.ranges[i].first) < 0);
	}
	if (condition->kind == NAT_ON_IN_INTERFACE || condition->kind == NAT_ON_OUT_INTERFACE)
		INSIST(condition->interface.name);
}

static void check_rule(const struct nat_table *table, const struct nat_rule *rule)
{
	INSIST(rule->text && rule->number > 0);
	if (rule->verdict == NAT_JUMP || rule->verdict == NAT_GOTO)
		INSIST(rule->chain < table->count);
	for (size_t i = 0; i < rule->condition_count; i++)
		check_condition(&rule->conditions[i]);
}

static void check_model(const struct nat_model *model)
{
	for (size_t i = 0; i < model->count; i++) {
		const struct nat_table *table = model->tables[i];

		for (size_t j = 0; j < table->count; j++)
			for (size_t k = 0; k < table->chains[j].count; k++)
				check_rule(table, &table->chains[j].rules[k]);
	}
}

static void walk_model(const struct nat_model *model, enum ipmasq_family family)
{
	const struct nat_packet packet = {
		.family = family,
		.destination = { UINT64_C(0x0a01020300000000), 0 },
	};
	struct nat_way *way;

	INSIST(nat_walk(model, &packet, &way) == 0);
	INSIST(way->outcome_count > 0);
	nat_way_free(way);
}

static char *text_of(const struct nat_model *model)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	INSIST(out);
	nat_text_print(model, NAT_TEXT_TEXTS, out);
	INSIST(fclose(out) == 0);
	return text;
}

/* @whole: what was read of the same table, or NULL where that failed. */
static void check_pruned(const uint8_t *data, size_t size, const struct nat_model *whole)
{
	struct nat_model *model;
	int r;

	INSIST(nat_model_new(&model) == 0);
	r = nat_replay_read_pruned(data, size, model);
	INSIST(r == 0 || !whole);
	if (whole) {
		char *texts[] = { text_of(whole), text_of(model) };

		INSIST(strcmp(texts[0], texts[1]) == 0);
		free(texts[0]);
		free(texts[1]);
	}
	nat_model_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nat_model *model;
	int r;

	INSIST(nat_model_new(&model) == 0);
	r = nat_replay_read(data, size, model);
	INSIST(r <= 0);
	if (r == 0) {
		check_model(model);
		walk_model(model, IPMASQ_IPV4);
		walk_model(model, IPMASQ_IPV6);
	}
	if (size > 0 && data[0] % NAT_REPLAY_KINDS == NAT_REPLAY_LEGACY)
		check_pruned(data, size, r == 0 ? model : NULL);
	nat_model_free(model);
	return 0;
}
