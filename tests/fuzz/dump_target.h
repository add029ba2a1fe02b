/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets for readers of dumps share: a text is searched for dumps of one format, and the
 * model that they make must hold together. */
#ifndef IPMASQ_TESTS_DUMP_TARGET_H
#define IPMASQ_TESTS_DUMP_TARGET_H

#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "nat/dump.h"
#include "util/text.h"

static inline void check_texts(const struct nat_rule *rule)
{
	INSIST(rule->text && rule->number > 0);
	for (const char *p = rule->text; *p; p++)
		INSIST((unsigned char)*p >= ' ' && *p != 0x7f);
	for (size_t i = 0; i < rule->condition_count; i++)
		INSIST(rule->conditions[i].text);
}

static inline void check_set(const struct nat_set *set)
{
	for (size_t i = 0; set && i < set->ranges.count; i++)
		INSIST(addr_compare(set->ranges.ranges[i].first, set->ranges.ranges[i].last) <= 0);
}

static inline void check_conditions(const struct nat_rule *rule)
{
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct nat_condition *condition = &rule->conditions[i];

		if (condition->kind == NAT_ON_SOURCE || condition->kind == NAT_ON_DESTINATION)
			check_set(condition->set);
		if (condition->kind == NAT_ON_IN_INTERFACE ||
		    condition->kind == NAT_ON_OUT_INTERFACE)
			INSIST(condition->interface.name);
		if (condition->kind == NAT_ON_DESTINATION_PORT)
			INSIST(condition->ports.count == 0 || condition->ports.ranges);
	}
}

static inline void check_table(const struct nat_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct nat_chain *chain = &table->chains[i];

		INSIST(nat_find_chain(table, chain->name, strlen(chain->name)) == i);
		INSIST(chain->reached || chain->count == 0);
		for (size_t j = 0; j < chain->count; j++) {
			const struct nat_rule *rule = &chain->rules[j];

			check_texts(rule);
			check_conditions(rule);
			if (rule->verdict == NAT_JUMP || rule->verdict == NAT_GOTO)
				INSIST(rule->chain == NAT_NO_CHAIN || rule->chain < table->count);
		}
	}
}

static inline void check_model(struct nat_model *model)
{
	INSIST(nat_model_finish(model) == 0);
	for (size_t i = 0; i < model->count; i++)
		check_table(model->tables[i]);
	for (int family = IPMASQ_IPV4; family <= IPMASQ_IPV6; family++) {
		struct nat_base *bases;
		size_t count;

		INSIST(nat_bases(model, (enum ipmasq_family)family, &bases, &count) == 0);
		free(bases);
	}
}

static inline void read_dumps(struct nat_reading *reading, const struct nat_dump_format *format,
			      struct text *text)
{
	struct nat_dump dump = { .format = format, .text = text };
	const char *data = text->data;

	while (dump.begin < text->size) {
		size_t left = text->size - dump.begin;
		const char *newline = memchr(data + dump.begin, '\n', left);

		if (!format->begins(data + dump.begin, left)) {
			dump.begin += newline ? (size_t)(newline - data) + 1 - dump.begin : left;
			continue;
		}
		dump.end = dump.begin + format->length(data + dump.begin, left, &dump.hint);
		INSIST(dump.end > dump.begin && dump.end <= text->size);
		INSIST(dump.end == text->size || data[dump.end - 1] == '\n');
		INSIST(format->read(reading, &dump) == 0);
		dump.begin = dump.end;
	}
}

static inline int dump_target(const struct nat_dump_format *format, const uint8_t *data,
			      size_t size)
{
	struct nat_reading reading = { .model = NULL };
	struct text *text;

	INSIST(text_new("dump", size, &text) == 0);
	for (size_t i = 0; i < size; i++)
		text->data[i] = data[i] ? (char)data[i] : ' ';
	text->data[size] = '\0';
	INSIST(nat_model_new(&reading.model) == 0);
	read_dumps(&reading, format, text);
	check_model(reading.model);
	nat_model_free(reading.model);
	nat_reading_release(&reading);
	text_unref(text);
	return 0;
}

#endif
