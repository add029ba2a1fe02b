/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_json.h"

#include <string.h>

#include "nat/json_tree.h"
#include "nat/nft_reach.h"
#include "nat/nft_say_rule.h"
#include "util/scalar.h"
#include "util/text.h"

/* What the array of the dump holds, for one object after the other. */
struct reader {
	struct nft_index *index;
	struct json_tree tree;
};

static size_t skip_blanks(const char *text, size_t at, size_t size)
{
	while (at < size && json_is_blank(text[at]))
		at++;
	return at;
}

/* The offset of the array in `{"nftables": [`, behind its bracket; 0: it is not at its start. */
static size_t find_array(const char *text, size_t size)
{
	static const char *const parts[] = { "{", "\"nftables\"", ":", "[" };
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t len = strlen(parts[i]);

		at = i > 0 ? skip_blanks(text, at, size) : at;
		if (size - at < len || memcmp(text + at, parts[i], len) != 0)
			return 0;
		at += len;
	}
	return at;
}

bool nft_json_begins(const char *text, size_t size)
{
	return size > 0 && *text == '{' && find_array(text, size) > 0;
}

/* The length of a line with its end. */
static size_t line_length(const char *text, size_t size)
{
	const char *newline = memchr(text, '\n', size);

	return newline ? (size_t)(newline - text) + 1 : size;
}

/* An object that never ends goes up to the next dump, or to the end of the text. */
static size_t cut_length(const char *text, size_t size)
{
	size_t at = line_length(text, size);

	while (at < size && !nft_json_begins(text + at, size - at))
		at += line_length(text + at, size - at);
	return at;
}

size_t nft_json_length(const char *text, size_t size, struct nat_dump_hint *hint)
{
	size_t limit = cut_length(text, size);
	size_t end = json_length(text, limit);

	(void)hint;
	end += line_length(text + end, limit - end);
	return end;
}

static struct nft_slice slice_of(const char *text)
{
	return (struct nft_slice){ text, strlen(text) };
}

static const char *member_text(const struct reader *reader, const struct json_node *node,
			       const char *name)
{
	return json_text(&reader->tree, json_member(&reader->tree, node, name));
}

/* Names outlive the tree. */
static int keep_name(const struct reader *reader, const struct json_node *node, const char *member,
		     struct nft_slice *name)
{
	const char *text = member_text(reader, node, member);

	name->len = strlen(text);
	name->text = nat_text(reader->index->model, text, name->len);
	return name->text ? 0 : -ENOMEM;
}

/* The table of a chain, set or rule. NULL: it is of no family that matters. */
static int find_table(struct reader *reader, const struct json_node *node, const char *member,
		      struct nft_table **table)
{
	unsigned int families = nft_families(slice_of(member_text(reader, node, "family")));
	struct nft_slice name = slice_of(member_text(reader, node, member));
	struct nft_index *index = reader->index;
	int r;

	*table = NULL;
	if (families == 0)
		return 0;
	for (size_t i = 0; i < index->count; i++) {
		*table = &index->tables[i];
		if ((*table)->families == families && (*table)->name.len == name.len &&
		    memcmp((*table)->name.text, name.text, name.len) == 0)
			return 0;
	}
	r = keep_name(reader, node, member, &name);
	return r < 0 ? r : nft_need_table(index, families, name, table);
}

static bool is_dormant(const struct reader *reader, const struct json_node *flags)
{
	const struct json_node *flag =
		flags && flags->kind == JSON_ARRAY ? json_child(&reader->tree, flags) : NULL;

	if (flags && flags->kind == JSON_STRING)
		return strcmp(json_text(&reader->tree, flags), "dormant") == 0;
	for (; flag; flag = json_next(&reader->tree, flag)) {
		if (strcmp(json_text(&reader->tree, flag), "dormant") == 0)
			return true;
	}
	return false;
}

static int read_table(struct reader *reader, const struct json_node *node, struct nft_slice object)
{
	struct nft_table *table;
	int r = find_table(reader, node, "name", &table);

	(void)object;
	if (r < 0 || !table)
		return r;
	table->is_listed = true;
	table->dormant = is_dormant(reader, json_member(&reader->tree, node, "flags"));
	return 0;
}

static int need_chain(struct reader *reader, const struct json_node *node, const char *member,
		      struct nft_table **table, struct nft_chain **chain)
{
	struct nft_slice name = slice_of(member_text(reader, node, member));
	uint32_t number;
	int r = find_table(reader, node, "table", table);

	*chain = NULL;
	if (r < 0 || !*table)
		return r;
	(*table)->is_listed = true;
	number = nft_find_name(&(*table)->chain_names, name);
	if (number != NFT_NO_NAME) {
		*chain = &(*table)->chains[number];
		return 0;
	}
	r = keep_name(reader, node, member, &name);
	return r < 0 ? r : nft_need_chain(*table, name, chain);
}

/* nft 1.0 does not say in JSON that a table is dormant. */
static int read_version(struct reader *reader, const struct json_node *node,
			struct nft_slice object)
{
	const char *version = member_text(reader, node, "version");

	(void)object;
	if (strncmp(version, "0.", 2) != 0 && strncmp(version, "1.0.", 4) != 0)
		return 0;
	return nat_add_note(reader->index->model,
			    "%s is JSON of nft %s, which does not tell whether a table is dormant.",
			    reader->index->dump->text->name, version);
}

static int read_chain(struct reader *reader, const struct json_node *node, struct nft_slice object)
{
	const char *hook = member_text(reader, node, "hook");
	struct nft_table *table;
	struct nft_chain *chain;
	int r = need_chain(reader, node, "name", &table, &chain);

	(void)object;
	if (r < 0 || !chain || !*hook)
		return r;
	nft_set_base(chain, slice_of(member_text(reader, node, "type")), slice_of(hook));
	(void)nft_priority(slice_of(member_text(reader, node, "prio")), &chain->priority);
	if (strcmp(member_text(reader, node, "policy"), "drop") == 0)
		chain->policy = NAT_DROP;
	return 0;
}

static int read_rule(struct reader *reader, const struct json_node *node, struct nft_slice object)
{
	const struct json_tree *tree = &reader->tree;
	const struct json_node *statement = json_child(tree, json_member(tree, node, "expr"));
	struct nft_table *table;
	struct nft_chain *chain;
	bool counted = false;
	int r = need_chain(reader, node, "chain", &table, &chain);

	if (r < 0 || !chain)
		return r;
	for (; statement; statement = json_next(tree, statement)) {
		counted |= json_member(tree, statement, "counter") != NULL;
		table->has_xt |= json_member(tree, statement, "xt") != NULL;
	}
	table->rule_count++;
	table->uncounted += !counted;
	return nft_add_rule(chain, object);
}

static int read_set(struct reader *reader, const struct json_node *node, struct nft_slice object)
{
	struct nft_slice name;
	struct nft_table *table;
	struct nft_set *set;
	int r = find_table(reader, node, "table", &table);

	if (r < 0 || !table)
		return r;
	r = keep_name(reader, node, "name", &name);
	if (r == 0)
		r = nft_need_set(table, name, &set);
	if (r < 0)
		return r;
	set->elements = object;
	set->has_elements = json_member(&reader->tree, node, "elem") != NULL;
	reader->index->lists_elements |= set->has_elements;
	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct reader *reader, const struct json_node *node, struct nft_slice object);
} objects[] = {
	{ "metainfo", read_version }, { "table", read_table }, { "chain", read_chain },
	{ "rule", read_rule },	      { "set", read_set },     { "map", read_set },
	{ "meter", read_set },
};

/* One element of the array: {"rule": {...}}. Others, such as counters, do not matter. */
static int read_object(struct reader *reader, struct nft_slice object)
{
	const struct json_node *node;
	int r = json_tree_read(&reader->tree, object.text, object.len);

	if (r < 0)
		return r;
	node = json_child(&reader->tree, json_root(&reader->tree));
	for (size_t i = 0; node && i < ARRAY_SIZE(objects); i++) {
		if (strcmp(json_key(&reader->tree, node), objects[i].name) == 0)
			return objects[i].read(reader, node, object);
	}
	return 0;
}

static int warn(struct nft_index *index, const char *at)
{
	return nat_dump_warn(index->reading, index->dump, (size_t)(at - index->dump->text->data), 0,
			     "here the list of rules ends, or is no JSON of nft: what comes after "
			     "is not known");
}

static int read_array(struct reader *reader, const char *text, size_t size)
{
	size_t at = find_array(text, size);

	for (;;) {
		struct nft_slice object;
		int r;

		at = skip_blanks(text, at, size);
		if (at < size && text[at] == ']')
			return 0;
		object = (struct nft_slice){ text + at, json_length(text + at, size - at) };
		r = object.len > 0 ? read_object(reader, object) : -EINVAL;
		if (r == -EINVAL)
			return warn(reader->index, text + at);
		if (r < 0)
			return r;
		at = skip_blanks(text, at + object.len, size);
		if (at < size && text[at] == ',')
			at++;
	}
}

/* What one object of the array holds, such as {"rule": {...}}. */
static int say(struct nft_slice object, struct buf *text,
	       void (*write)(const struct json_tree *tree, const struct json_node *node,
			     struct buf *out))
{
	struct json_tree tree = { 0 };
	int r = json_tree_read(&tree, object.text, object.len);

	if (r == 0)
		write(&tree, json_child(&tree, json_root(&tree)), text);
	json_tree_release(&tree);
	return r == 0 ? text->error : r;
}

static int say_rule(struct nft_slice rule, struct buf *text)
{
	return say(rule, text, nft_say_rule);
}

static void write_elements(const struct json_tree *tree, const struct json_node *set,
			   struct buf *out)
{
	const struct json_node *type = json_member(tree, set, "type");
	enum nft_say_kind kinds[NFT_SAY_KINDS] = { NFT_SAY_PLAIN };
	const struct json_node *part = type && type->kind == JSON_ARRAY ? json_child(tree, type)
									: NULL;

	if (!part)
		kinds[0] = nft_say_kind_of_type(json_text(tree, type));
	for (size_t i = 0; part && i < NFT_SAY_KINDS; part = json_next(tree, part))
		kinds[i++] = nft_say_kind_of_type(json_text(tree, part));
	nft_say_elements(tree, json_member(tree, set, "elem"), kinds, out);
}

static int say_elements(struct nft_slice set, struct buf *text)
{
	return say(set, text, write_elements);
}

int nft_json_read(struct nat_reading *reading, const struct nat_dump *dump)
{
	struct nft_index index;
	struct reader reader = { .index = &index };
	int r;

	nft_index_begin(&index, reading, dump);
	index.say_rule = say_rule;
	index.say_elements = say_elements;
	r = read_array(&reader, dump->text->data + dump->begin, dump->end - dump->begin);
	json_tree_release(&reader.tree);
	if (r == 0)
		r = nft_index_read(&index);
	nft_index_release(&index);
	return r;
}
