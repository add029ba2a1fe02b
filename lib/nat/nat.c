/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nat/nat.h"
#include "util/hash.h"

/* Memory for rules and what they refer to is taken from blocks, of which the newest has room. */
#define BLOCK_BYTES 16384

struct nat_block {
	struct nat_block *next;
	size_t used;
	size_t size;
	max_align_t bytes[];
};

int nat_model_new(struct nat_model **model)
{
	struct nat_model *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	*model = made;
	return 0;
}

static void table_free(struct nat_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		free(table->chains[i].name);
		free(table->chains[i].rules);
	}
	free(table->chains);
	slots_release(&table->slots);
	free(table->name);
	free(table);
}

static void set_free(struct nat_set *set)
{
	free(set->name);
	ranges_release(&set->ranges);
	free(set);
}

void nat_model_free(struct nat_model *model)
{
	if (!model)
		return;
	for (size_t i = 0; i < model->count; i++)
		table_free(model->tables[i]);
	free(model->tables);
	for (size_t i = 0; i < model->set_count; i++)
		set_free(model->sets[i]);
	free(model->sets);
	for (struct nat_block *block = model->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	free(model->notes);
	free(model);
}

static struct nat_block *block_with_room(struct nat_model *model, size_t size)
{
	struct nat_block *block = model->blocks;
	size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;

	if (block && size <= block->size - block->used)
		return block;
	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	block = malloc(sizeof(*block) + room);
	if (!block)
		return NULL;
	block->next = model->blocks;
	block->used = 0;
	block->size = room;
	model->blocks = block;
	return block;
}

void *nat_copy(struct nat_model *model, const void *bytes, size_t size)
{
	const size_t align = sizeof(max_align_t);
	struct nat_block *block;
	char *copy;

	if (size > SIZE_MAX - align)
		return NULL;
	block = block_with_room(model, (size + align - 1) / align * align);
	if (!block)
		return NULL;
	copy = (char *)block->bytes + block->used;
	block->used += (size + align - 1) / align * align;
	if (size > 0)
		memcpy(copy, bytes, size);
	return copy;
}

const char *nat_text(struct nat_model *model, const char *text, size_t len)
{
	struct nat_block *block;
	char *copy;

	if (len == SIZE_MAX)
		return NULL;
	block = block_with_room(model, len + 1);
	if (!block)
		return NULL;
	copy = (char *)block->bytes + block->used;
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	block->used += len + 1;
	/* What comes next is aligned again. */
	block->used =
		(block->used + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (block->used > block->size)
		block->used = block->size;
	return copy;
}

static const char *family_name_of(unsigned int families)
{
	if (families == NAT_BOTH_FAMILIES)
		return "inet";
	return families == NAT_FAMILY(IPMASQ_IPV6) ? "ip6" : "ip";
}

static struct nat_table *table_new(const char *name)
{
	struct nat_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->name = strdup(name);
	if (!table->name) {
		free(table);
		return NULL;
	}
	return table;
}

int nat_add_table(struct nat_model *model, enum nat_backend backend, unsigned int families,
		  const char *name, const char *source, struct nat_table **table)
{
	struct nat_table *made;
	const char *from = NULL;

	if (source) {
		from = nat_text(model, source, strlen(source));
		if (!from)
			return -ENOMEM;
	}
	if (array_grow(&model->tables, &model->capacity, model->count, sizeof(struct nat_table *)))
		return -ENOMEM;
	made = table_new(name);
	if (!made)
		return -ENOMEM;
	made->backend = backend;
	made->families = families;
	made->family_name = family_name_of(families);
	made->source = from;
	model->tables[model->count++] = made;
	*table = made;
	return 0;
}

struct nat_table *nat_find_table(const struct nat_model *model, enum nat_backend backend,
				 unsigned int families, const char *name)
{
	for (size_t i = 0; i < model->count; i++) {
		struct nat_table *table = model->tables[i];

		if (table->backend == backend && table->families == families &&
		    strcmp(table->name, name) == 0)
			return table;
	}
	return NULL;
}

static size_t name_hash(const char *name, size_t len)
{
	return hash_fold(hash_bytes(HASH_START, name, len));
}

static bool chain_has_name(const struct nat_chain *chain, const char *name, size_t len)
{
	return strncmp(chain->name, name, len) == 0 && chain->name[len] == '\0';
}

uint32_t nat_find_chain(const struct nat_table *table, const char *name, size_t len)
{
	size_t hash = name_hash(name, len);

	if (table->slots.size == 0)
		return NAT_NO_CHAIN;
	for (size_t probe = 0;; probe++) {
		uint32_t number = *slots_probe(&table->slots, hash, probe);

		if (number == SLOT_FREE)
			return NAT_NO_CHAIN;
		if (chain_has_name(&table->chains[number], name, len))
			return number;
	}
}

static void slots_enter(struct nat_table *table, uint32_t number)
{
	const char *name = table->chains[number].name;
	size_t hash = name_hash(name, strlen(name));
	size_t probe = 0;

	while (*slots_probe(&table->slots, hash, probe) != SLOT_FREE)
		probe++;
	*slots_probe(&table->slots, hash, probe) = number;
}

static int make_room_for_chain(struct nat_table *table)
{
	if (table->count >= NAT_NO_CHAIN - 1)
		return -ENOMEM;
	if (array_grow(&table->chains, &table->capacity, table->count, sizeof(*table->chains)))
		return -ENOMEM;
	if (slots_suffice(&table->slots, table->count + 1))
		return 0;
	if (slots_reset(&table->slots, 2 * (table->count + 1)))
		return -ENOMEM;
	for (size_t i = 0; i < table->count; i++)
		slots_enter(table, (uint32_t)i);
	return 0;
}

int nat_need_chain(struct nat_table *table, const char *name, size_t len, uint32_t *index)
{
	uint32_t found = nat_find_chain(table, name, len);
	char *copy;

	if (found != NAT_NO_CHAIN) {
		*index = found;
		return 0;
	}
	if (make_room_for_chain(table))
		return -ENOMEM;
	copy = strndup(name, len);
	if (!copy)
		return -ENOMEM;
	table->chains[table->count] = (struct nat_chain){
		.name = copy,
		.hook = NAT_NO_HOOK,
		.policy = NAT_ACCEPT,
	};
	*index = (uint32_t)table->count++;
	slots_enter(table, *index);
	return 0;
}

int nat_add_rule(struct nat_table *table, uint32_t chain, const struct nat_rule *rule)
{
	struct nat_chain *to = &table->chains[chain];

	if (array_grow(&to->rules, &to->capacity, to->count, sizeof(*to->rules)))
		return -ENOMEM;
	to->rules[to->count++] = *rule;
	return 0;
}

int nat_add_set(struct nat_model *model, const char *name, enum ipmasq_family family,
		struct nat_set **set)
{
	struct nat_set *made;

	if (array_grow(&model->sets, &model->set_capacity, model->set_count,
		       sizeof(struct nat_set *)))
		return -ENOMEM;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->family = family;
	made->complete = true;
	if (name) {
		made->name = strdup(name);
		if (!made->name) {
			free(made);
			return -ENOMEM;
		}
	}
	model->sets[model->set_count++] = made;
	*set = made;
	return 0;
}

int nat_add_note(struct nat_model *model, const char *format, ...)
{
	char text[512];
	const char *copy;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (size_t i = 0; i < model->note_count; i++) {
		if (strcmp(model->notes[i], text) == 0)
			return 0;
	}
	if (array_grow(&model->notes, &model->note_capacity, model->note_count,
		       sizeof(const char *)))
		return -ENOMEM;
	copy = nat_text(model, text, strlen(text));
	if (!copy)
		return -ENOMEM;
	model->notes[model->note_count++] = copy;
	return 0;
}

const char *nat_backend_name(enum nat_backend backend)
{
	static const char *const names[] = {
		[NAT_LEGACY] = "iptables-legacy",
		[NAT_IPTABLES_NFT] = "iptables-nft",
		[NAT_NFTABLES] = "nftables",
	};

	return NAME_OF(names, backend);
}
