/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_index.h"

#include <stdlib.h>
#include <string.h>

#include "util/hash.h"
#include "util/scalar.h"
#include "util/text.h"

/* Tables are looked for one by one. */
#define TABLES_MAX 1000

/* What any dump may cost, however small. */
#define BUDGET_MIN 1000000

void nft_index_begin(struct nft_index *index, struct nat_reading *reading,
		     const struct nat_dump *dump)
{
	*index = (struct nft_index){
		.reading = reading,
		.dump = dump,
		.model = reading->model,
		.budget = BUDGET_MIN + (dump->end - dump->begin),
	};
}

static void names_release(struct nft_names *names)
{
	free(names->names);
	slots_release(&names->slots);
}

static void table_release(struct nft_table *table)
{
	for (size_t i = 0; i < table->chain_names.count; i++)
		free(table->chains[i].rules);
	for (size_t i = 0; i < table->set_names.count; i++)
		free(table->sets[i].said);
	free(table->chains);
	free(table->sets);
	names_release(&table->chain_names);
	names_release(&table->set_names);
}

void nft_index_release(struct nft_index *index)
{
	for (size_t i = 0; i < index->count; i++)
		table_release(&index->tables[i]);
	free(index->tables);
	*index = (struct nft_index){ 0 };
}

int nft_elements_of(struct nft_index *index, struct nft_set *set, struct nft_slice *elements)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	size_t len;
	int r;

	*elements = (struct nft_slice){ "", 0 };
	if (!set->has_elements)
		return 0;
	if (index->say_elements && !set->said) {
		r = index->say_elements(set->elements, &text);
		if (r < 0 && r != -EINVAL)
			return r;
		r = buf_steal(&text, &set->said, &len);
		if (r < 0)
			return r;
		set->elements = (struct nft_slice){ set->said, len };
	}
	*elements = set->elements;
	return 0;
}

static size_t name_hash(struct nft_slice name)
{
	return hash_fold(hash_bytes(HASH_START, name.text, name.len));
}

static bool same_name(struct nft_slice a, struct nft_slice b)
{
	return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

/* The slot of a name, or the free one where it belongs. */
static uint32_t *find_slot(const struct nft_names *names, struct nft_slice name)
{
	size_t hash = name_hash(name);
	uint32_t *slot;

	for (size_t probe = 0;; probe++) {
		slot = slots_probe(&names->slots, hash, probe);
		if (*slot == SLOT_FREE || same_name(names->names[*slot], name))
			return slot;
	}
}

uint32_t nft_find_name(const struct nft_names *names, struct nft_slice name)
{
	return names->slots.size == 0 ? NFT_NO_NAME : *find_slot(names, name);
}

static int add_name(struct nft_names *names, struct nft_slice name)
{
	if (names->count >= NFT_NO_NAME - 1 ||
	    array_grow(&names->names, &names->capacity, names->count, sizeof(*names->names)))
		return -ENOMEM;
	if (!slots_suffice(&names->slots, names->count + 1)) {
		if (slots_reset(&names->slots, 2 * (names->count + 1)))
			return -ENOMEM;
		for (size_t i = 0; i < names->count; i++)
			*find_slot(names, names->names[i]) = (uint32_t)i;
	}
	*find_slot(names, name) = (uint32_t)names->count;
	names->names[names->count++] = name;
	return 0;
}

/* Finds the number of a name, or adds it and an empty element of that number to an array. */
static int need(struct nft_names *names, struct nft_slice name, void *array_pointer,
		size_t *capacity, size_t size, uint32_t *number)
{
	void *array;

	*number = nft_find_name(names, name);
	if (*number != NFT_NO_NAME)
		return 0;
	if (array_grow(array_pointer, capacity, names->count, size))
		return -ENOMEM;
	*number = (uint32_t)names->count;
	if (add_name(names, name))
		return -ENOMEM;
	memcpy(&array, array_pointer, sizeof(array));
	memset((char *)array + *number * size, 0, size);
	return 0;
}

int nft_need_chain(struct nft_table *table, struct nft_slice name, struct nft_chain **chain)
{
	size_t known = table->chain_names.count;
	uint32_t number;
	int r = need(&table->chain_names, name, &table->chains, &table->chain_capacity,
		     sizeof(*table->chains), &number);

	if (r < 0)
		return r;
	*chain = &table->chains[number];
	if (number == known) {
		(*chain)->hook = NAT_NO_HOOK;
		(*chain)->policy = NAT_ACCEPT;
	}
	return 0;
}

int nft_need_set(struct nft_table *table, struct nft_slice name, struct nft_set **set)
{
	uint32_t number;
	int r = need(&table->set_names, name, &table->sets, &table->set_capacity,
		     sizeof(*table->sets), &number);

	if (r == 0)
		*set = &table->sets[number];
	return r;
}

int nft_add_rule(struct nft_chain *chain, struct nft_slice rule)
{
	int r = array_grow(&chain->rules, &chain->capacity, chain->count, sizeof(*chain->rules));

	if (r == 0)
		chain->rules[chain->count++] = rule;
	return r;
}

unsigned int nft_families(struct nft_slice name)
{
	if (nft_slice_is(name, "ip"))
		return NAT_FAMILY(IPMASQ_IPV4);
	if (nft_slice_is(name, "ip6"))
		return NAT_FAMILY(IPMASQ_IPV6);
	return nft_slice_is(name, "inet") ? NAT_BOTH_FAMILIES : 0;
}

int nft_need_table(struct nft_index *index, unsigned int families, struct nft_slice name,
		   struct nft_table **table)
{
	int r;

	for (size_t i = 0; i < index->count; i++) {
		*table = &index->tables[i];
		if ((*table)->families == families && same_name((*table)->name, name))
			return 0;
	}
	*table = NULL;
	if (index->count == TABLES_MAX)
		return nat_add_note(index->model,
				    "%s has more than %d tables; the others were not read.",
				    index->dump->text->name, TABLES_MAX);
	r = array_grow(&index->tables, &index->capacity, index->count, sizeof(*index->tables));
	if (r < 0)
		return r;
	*table = &index->tables[index->count++];
	**table = (struct nft_table){ .name = name, .families = families };
	return 0;
}

void nft_set_base(struct nft_chain *chain, struct nft_slice type, struct nft_slice hook)
{
	static const char *const hooks[] = { "prerouting", "forward", "postrouting" };
	static const char *const types[] = { "filter", "route", "nat" };

	chain->is_base = true;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (nft_slice_is(type, types[i]))
			chain->type = (enum nat_type)i;
	}
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (nft_slice_is(hook, hooks[i]))
			chain->hook = (enum nat_hook)i;
	}
}

bool nft_priority(struct nft_slice name, int *priority)
{
	static const struct {
		const char *name;
		int priority;
	} names[] = {
		{ "raw", -300 }, { "mangle", -150 }, { "dstnat", -100 },
		{ "filter", 0 }, { "security", 50 }, { "srcnat", 100 },
	};
	bool negative = name.len > 0 && *name.text == '-';
	bool sign = negative || (name.len > 0 && *name.text == '+');
	uint64_t number;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (nft_slice_is(name, names[i].name)) {
			*priority = names[i].priority;
			return true;
		}
	}
	if (scalar_integer(name.text + sign, name.len - sign, &number) < 0 || number > INT32_MAX)
		return false;
	*priority = negative ? -(int)number : (int)number;
	return true;
}
