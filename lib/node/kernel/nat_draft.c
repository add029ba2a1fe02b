/* SPDX-License-Identifier: Apache-2.0 */
/* A rule of a model in the making. */
#include "node/kernel/nat_draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void nat_draft_init(struct nat_draft *draft, struct nat_model *model)
{
	*draft = (struct nat_draft){ .model = model };
}

static bool is_proved(const struct nat_proved *proved, enum ipmasq_family family,
		      const struct nat_table *table, const char *chain)
{
	return *proved->chain && proved->backend == table->backend &&
	       table->families == NAT_FAMILY(family) && strcmp(proved->table, table->name) == 0 &&
	       strcmp(proved->chain, chain) == 0;
}

bool nat_draft_skip_chain(const struct nat_draft *draft, struct nat_table *table, uint32_t index)
{
	struct nat_chain *chain = &table->chains[index];

	if (!draft->proved || chain->hook != NAT_NO_HOOK)
		return false;
	chain->proved = is_proved(&draft->proved[0], IPMASQ_IPV4, table, chain->name) ||
			is_proved(&draft->proved[1], IPMASQ_IPV6, table, chain->name);
	chain->incomplete |= chain->proved;
	return chain->proved;
}

void nat_draft_release(struct nat_draft *draft)
{
	for (size_t i = 0; i < NAT_SLOTS; i++)
		buf_release(&draft->slots[i]);
	free(draft->conditions);
}

void nat_draft_begin(struct nat_draft *draft, enum nat_words words)
{
	draft->words = words;
	draft->count = 0;
	draft->rule = (struct nat_rule){ .verdict = NAT_CONTINUE, .chain = NAT_NO_CHAIN };
	for (size_t i = 0; i < NAT_SLOTS; i++)
		draft->slots[i].len = 0;
}

static void no_memory(struct nat_draft *draft)
{
	draft->error = -ENOMEM;
}

static struct buf *slot_of(struct nat_draft *draft, enum nat_slot slot)
{
	return &draft->slots[draft->words == NAT_WORDS_NFT ? NAT_SLOT_REST : slot];
}

static void say(struct nat_draft *draft, enum nat_slot slot, const char *format, va_list args)
	PRINTF_LIKE(3, 0);

static void say(struct nat_draft *draft, enum nat_slot slot, const char *format, va_list args)
{
	struct buf *buf = slot_of(draft, slot);
	char text[512];
	int len = vsnprintf(text, sizeof(text), format, args);

	if (len > 0)
		buf_add(buf, text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
	if (buf->error)
		no_memory(draft);
}

void nat_draft_say(struct nat_draft *draft, enum nat_slot slot, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(draft, slot, format, args);
	va_end(args);
}

size_t nat_draft_mark(struct nat_draft *draft, enum nat_slot slot)
{
	return slot_of(draft, slot)->len;
}

void nat_draft_bind(struct nat_draft *draft, const struct nat_condition *condition,
		    enum nat_slot slot, size_t from)
{
	const struct buf *buf = slot_of(draft, slot);
	const char *text;
	size_t len;

	if (draft->error)
		return;
	text = buf->data + from;
	len = buf->len - from;
	if (array_grow(&draft->conditions, &draft->capacity, draft->count,
		       sizeof(*draft->conditions)) < 0) {
		no_memory(draft);
		return;
	}
	if (len > 0 && *text == ' ') {
		text++;
		len--;
	}
	draft->conditions[draft->count] = *condition;
	draft->conditions[draft->count++].text = nat_draft_text(draft, text, len);
}

void nat_draft_add(struct nat_draft *draft, const struct nat_condition *condition,
		   enum nat_slot slot, const char *format, ...)
{
	size_t from = nat_draft_mark(draft, slot);
	va_list args;

	va_start(args, format);
	say(draft, slot, format, args);
	va_end(args);
	nat_draft_bind(draft, condition, slot, from);
}

void nat_draft_add_unknown(struct nat_draft *draft, enum nat_slot slot, const char *format, ...)
{
	const struct nat_condition unknown = { .kind = NAT_ON_UNKNOWN };
	size_t from = nat_draft_mark(draft, slot);
	va_list args;

	va_start(args, format);
	say(draft, slot, format, args);
	va_end(args);
	nat_draft_bind(draft, &unknown, slot, from);
}

struct nat_set *nat_draft_new_set(struct nat_draft *draft, enum ipmasq_family family)
{
	struct nat_set *set;

	if (draft->error)
		return NULL;
	if (nat_add_set(draft->model, NULL, family, &set) == 0)
		return set;
	no_memory(draft);
	return NULL;
}

struct nat_set *nat_draft_new_range(struct nat_draft *draft, enum ipmasq_family family,
				    struct addr first, struct addr last)
{
	struct nat_set *set = nat_draft_new_set(draft, family);

	if (set && ranges_add_range(&set->ranges, first, last) < 0)
		no_memory(draft);
	return set;
}

const struct nat_ports *nat_draft_ports(struct nat_draft *draft, const struct nat_ports *ports,
					size_t count)
{
	const struct nat_ports *copy = nat_copy(draft->model, ports, count * sizeof(*ports));

	if (!copy)
		no_memory(draft);
	return copy;
}

const char *nat_draft_text(struct nat_draft *draft, const char *text, size_t len)
{
	const char *copy = nat_text(draft->model, text, len);

	if (copy)
		return copy;
	no_memory(draft);
	return "";
}

void nat_draft_comment(struct nat_draft *draft, const char *text, size_t len)
{
	draft->rule.comment = nat_draft_text(draft, text, len);
}

int nat_draft_end(struct nat_draft *draft, const char *prefix)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	const char *words;

	buf_puts(&text, prefix);
	for (size_t i = 0; i < NAT_SLOTS; i++)
		if (draft->slots[i].len > 0)
			buf_add(&text, draft->slots[i].data, draft->slots[i].len);
	if (text.error)
		no_memory(draft);
	if (draft->error)
		return draft->error;
	words = text.len > 0 ? text.data : "";
	draft->rule.text = nat_draft_text(draft, *words == ' ' ? words + 1 : words,
					  strlen(*words == ' ' ? words + 1 : words));
	draft->rule.conditions = nat_copy(draft->model, draft->conditions,
					  draft->count * sizeof(*draft->conditions));
	draft->rule.condition_count = draft->count;
	if (!draft->rule.conditions)
		no_memory(draft);
	return draft->error;
}
