/* SPDX-License-Identifier: Apache-2.0 */
/* Reads dumps for the targets of libFuzzer. */
#include "fuzz/dumping.h"

#include <errno.h>
#include <string.h>

#include "util/utf8.h"

static void check_set(const struct nat_set *set)
{
	for (size_t i = 0; i < set->ranges.count; i++) {
		INSIST(addr_compare(set->ranges.ranges[i].first, set->ranges.ranges[i].last) <= 0);
		INSIST(i == 0 || addr_compare(set->ranges.ranges[i - 1].last,
					      set->ranges.ranges[i].first) < 0);
	}
}

static void check_condition(const struct nat_condition *condition)
{
	INSIST(condition->text && condition->kind <= NAT_ON_UNKNOWN);
	if ((condition->kind == NAT_ON_SOURCE || condition->kind == NAT_ON_DESTINATION) &&
	    condition->set)
		check_set(condition->set);
	if (condition->kind == NAT_ON_SOURCE_PORT || condition->kind == NAT_ON_DESTINATION_PORT) {
		INSIST(condition->ports.count > 0);
		for (size_t i = 0; i < condition->ports.count; i++)
			INSIST(condition->ports.ranges[i].first <= condition->ports.ranges[i].last);
	}
	if (condition->kind == NAT_ON_IN_INTERFACE || condition->kind == NAT_ON_OUT_INTERFACE)
		INSIST(condition->interface.name);
}

static void check_chain(const struct nat_table *table, const struct nat_chain *chain)
{
	INSIST(chain->reached || chain->count == 0);
	for (size_t i = 0; i < chain->count; i++) {
		const struct nat_rule *rule = &chain->rules[i];

		INSIST(rule->number == i + 1 && rule->text);
		INSIST(rule->chain == NAT_NO_CHAIN || rule->chain < table->count);
		INSIST(rule->verdict != NAT_JUMP || rule->chain != NAT_NO_CHAIN);
		for (size_t j = 0; j < rule->condition_count; j++)
			check_condition(&rule->conditions[j]);
	}
}

static void check_model(const struct nat_model *model)
{
	for (size_t i = 0; i < model->set_count; i++)
		check_set(model->sets[i]);
	for (size_t i = 0; i < model->count; i++) {
		for (size_t j = 0; j < model->tables[i]->count; j++)
			check_chain(model->tables[i], &model->tables[i]->chains[j]);
	}
}

/* A text as the reader of files makes it: UTF-8 without NUL bytes. */
static struct text *make_text(const uint8_t *data, size_t size)
{
	struct text *text;

	INSIST(text_new("dump", size, &text) == 0);
	memcpy(text->data, data, size);
	for (size_t at = utf8_find_invalid(text->data, 0, size); at < size;
	     at = utf8_find_invalid(text->data, at, size))
		text->data[at] = '?';
	return text;
}

static void set_hint(struct nat_dump_hint *hint, uint8_t bits)
{
	static const char *const tables[] = { "", "nat", "raw", "mangle" };

	*hint = (struct nat_dump_hint){
		.has_family = bits & 1,
		.family = bits & 2 ? IPMASQ_IPV6 : IPMASQ_IPV4,
		.has_backend = bits & 4,
		.backend = bits & 8 ? NAT_LEGACY : NAT_IPTABLES_NFT,
	};
	strcpy(hint->table, tables[bits >> 4 & 3]);
}

static void read_text(struct nat_reading *reading, const struct nat_dump_format *format,
		      struct text *text, uint8_t bits)
{
	for (size_t at = 0; at < text->size;) {
		struct nat_dump dump = { .format = format, .text = text, .begin = at };
		const char *line;
		size_t length;
		size_t len;

		if (!format->begins(text->data + at, text->size - at)) {
			(void)nat_dump_line(text->data, text->size, &at, &line, &len);
			continue;
		}
		set_hint(&dump.hint, bits);
		length = format->length(text->data + at, text->size - at, &dump.hint);
		INSIST(length >= 1 && length <= text->size - at);
		at += length;
		INSIST(at == text->size || text->data[at - 1] == '\n');
		dump.end = at;
		INSIST(format->read(reading, &dump) == 0);
	}
}

void fuzz_dump(const struct nat_dump_format *format, const uint8_t *data, size_t size)
{
	struct ipmasq_diags *diags = NULL;
	struct nat_reading reading = { .diags = NULL };
	struct text *text;

	if (size == 0)
		return;
	INSIST(ipmasq_diags_new(&diags) == 0 && nat_model_new(&reading.model) == 0);
	reading.diags = diags;
	text = make_text(data + 1, size - 1);
	read_text(&reading, format, text, data[0]);
	INSIST(nat_dump_settle(&reading) == 0 && nat_model_finish(reading.model) == 0);
	check_model(reading.model);
	text_unref(text);
	nat_reading_release(&reading);
	nat_model_free(reading.model);
	ipmasq_diags_free(diags);
}
