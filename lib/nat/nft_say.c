/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_say.h"

#include <stdlib.h>
#include <string.h>

#include "util/ascii.h"

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

void nft_say_quoted(const char *text, struct buf *out)
{
	buf_putc(out, '"');
	/* Within quotes nft has no escapes, and lines end them. */
	for (; *text; text++)
		buf_putc(out, *text == '"' || *text == '\n' ? '?' : *text);
	buf_putc(out, '"');
}

void nft_say_word(const char *word, struct buf *out)
{
	const char *p = word;

	while (ascii_is_letter(*p) || ascii_is_digit(*p) || (*p && strchr("_-./:@*+[]", *p)))
		p++;
	if (p == word || *p)
		nft_say_quoted(word, out);
	else
		buf_puts(out, word);
}

enum nft_say_kind nft_say_kind_of_type(const char *type)
{
	if (strcmp(type, "ifname") == 0 || strcmp(type, "iface_index") == 0)
		return NFT_SAY_NAMES;
	return strcmp(type, "mark") == 0 ? NFT_SAY_MARKS : NFT_SAY_PLAIN;
}

/* The name of a key of `meta` or `ct`; before nft 0.9 the object itself was that. */
static const char *key_name(const struct json_tree *tree, const struct json_node *node)
{
	const struct json_node *key = json_member(tree, node, "key");

	return json_text(tree, key ? key : node);
}

enum nft_say_kind nft_say_kind_of_key(const struct json_tree *tree, const struct json_node *key)
{
	static const char *const names[] = { "iif",	 "oif",	     "iifname",
					     "oifname",	 "ibrname",  "obrname",
					     "sdifname", "ibriport", "obriport" };
	const struct json_node *meta;
	const struct json_node *mask = json_member(tree, key, "&");

	if (mask)
		key = json_child(tree, mask);
	meta = json_member(tree, key, "meta");
	if (meta && is_one_of(key_name(tree, meta), names, ARRAY_SIZE(names)))
		return NFT_SAY_NAMES;
	if (!meta)
		meta = json_member(tree, key, "ct");
	return meta && strcmp(key_name(tree, meta), "mark") == 0 ? NFT_SAY_MARKS : NFT_SAY_PLAIN;
}

/* All children with a text between them. */
static void say_list(const struct json_tree *tree, const struct json_node *list,
		     const char *between, enum nft_say_kind kind, struct buf *out)
{
	const struct json_node *child = json_child(tree, list);

	for (bool first = true; child; child = json_next(tree, child), first = false) {
		if (!first)
			buf_puts(out, between);
		nft_say(tree, child, kind, out);
	}
}

static void say_member(const struct json_tree *tree, const struct json_node *node, const char *name,
		       const char *before, enum nft_say_kind kind, struct buf *out)
{
	const struct json_node *member = json_member(tree, node, name);

	if (!member || member->kind == JSON_NULL)
		return;
	buf_puts(out, before);
	nft_say(tree, member, kind, out);
}

static void say_prefix(const struct json_tree *tree, const struct json_node *node,
		       enum nft_say_kind kind, struct buf *out)
{
	say_member(tree, node, "addr", "", kind, out);
	say_member(tree, node, "len", "/", NFT_SAY_PLAIN, out);
}

static void say_range(const struct json_tree *tree, const struct json_node *node,
		      enum nft_say_kind kind, struct buf *out)
{
	say_list(tree, node, "-", kind, out);
}

static void say_concat(const struct json_tree *tree, const struct json_node *node,
		       enum nft_say_kind kind, struct buf *out)
{
	say_list(tree, node, " . ", kind, out);
}

static void say_set(const struct json_tree *tree, const struct json_node *node,
		    enum nft_say_kind kind, struct buf *out)
{
	enum nft_say_kind kinds[NFT_SAY_KINDS];

	for (size_t i = 0; i < NFT_SAY_KINDS; i++)
		kinds[i] = kind;
	buf_puts(out, "{ ");
	nft_say_elements(tree, node, kinds, out);
	buf_puts(out, " }");
}

static void say_payload(const struct json_tree *tree, const struct json_node *node,
			enum nft_say_kind kind, struct buf *out)
{
	(void)kind;
	if (json_member(tree, node, "base")) {
		say_member(tree, node, "base", "@", NFT_SAY_PLAIN, out);
		say_member(tree, node, "offset", ",", NFT_SAY_PLAIN, out);
		say_member(tree, node, "len", ",", NFT_SAY_PLAIN, out);
		return;
	}
	say_member(tree, node, "protocol", "", NFT_SAY_PLAIN, out);
	say_member(tree, node, "field", " ", NFT_SAY_PLAIN, out);
}

/* Some keys nft lists by themselves. */
static void say_meta(const struct json_tree *tree, const struct json_node *node,
		     enum nft_say_kind kind, struct buf *out)
{
	static const char *const bare[] = { "iif",     "oif",	   "iifname",
					    "oifname", "iifgroup", "oifgroup" };
	const char *key = key_name(tree, node);

	(void)kind;
	if (!is_one_of(key, bare, ARRAY_SIZE(bare)))
		buf_puts(out, "meta ");
	nft_say_word(key, out);
}

/* A key may be of several words: "ip saddr". */
static void say_words(const char *words, struct buf *out)
{
	char word[64];

	while (*words) {
		size_t len = strcspn(words, " ");

		if (len > 0 && len < sizeof(word)) {
			memcpy(word, words, len);
			word[len] = '\0';
			buf_putc(out, ' ');
			nft_say_word(word, out);
		}
		words += len + (words[len] == ' ');
	}
}

static void say_ct(const struct json_tree *tree, const struct json_node *node,
		   enum nft_say_kind kind, struct buf *out)
{
	(void)kind;
	buf_puts(out, "ct");
	say_member(tree, node, "dir", " ", NFT_SAY_PLAIN, out);
	say_member(tree, node, "family", " ", NFT_SAY_PLAIN, out);
	say_words(key_name(tree, node), out);
}

static void say_rt(const struct json_tree *tree, const struct json_node *node,
		   enum nft_say_kind kind, struct buf *out)
{
	(void)kind;
	buf_puts(out, "rt");
	say_member(tree, node, "family", " ", NFT_SAY_PLAIN, out);
	say_words(key_name(tree, node), out);
}

static void say_fib(const struct json_tree *tree, const struct json_node *node,
		    enum nft_say_kind kind, struct buf *out)
{
	const struct json_node *flags = json_member(tree, node, "flags");

	(void)kind;
	buf_puts(out, "fib ");
	if (flags && flags->kind == JSON_ARRAY)
		say_list(tree, flags, " . ", NFT_SAY_PLAIN, out);
	else
		nft_say_word(json_text(tree, flags), out);
	say_member(tree, node, "result", " ", NFT_SAY_PLAIN, out);
}

/* The offset is only told where there is one. */
static void say_modulus(const struct json_tree *tree, const struct json_node *node, struct buf *out)
{
	const struct json_node *offset = json_member(tree, node, "offset");

	say_member(tree, node, "mod", " mod ", NFT_SAY_PLAIN, out);
	if (json_member(tree, node, "seed"))
		buf_printf(out, " seed 0x%llx",
			   strtoull(json_text(tree, json_member(tree, node, "seed")), NULL, 0));
	if (offset && strcmp(json_text(tree, offset), "0") != 0)
		say_member(tree, node, "offset", " offset ", NFT_SAY_PLAIN, out);
}

/* `frag nexthdr`; where the header is all, `exthdr frag`. */
static void say_exthdr(const struct json_tree *tree, const struct json_node *node,
		       enum nft_say_kind kind, struct buf *out)
{
	(void)kind;
	if (!json_member(tree, node, "field"))
		buf_puts(out, "exthdr ");
	say_member(tree, node, "name", "", NFT_SAY_PLAIN, out);
	say_member(tree, node, "field", " ", NFT_SAY_PLAIN, out);
}

static void say_numgen(const struct json_tree *tree, const struct json_node *node,
		       enum nft_say_kind kind, struct buf *out)
{
	(void)kind;
	buf_puts(out, "numgen");
	say_member(tree, node, "mode", " ", NFT_SAY_PLAIN, out);
	say_modulus(tree, node, out);
}

static void say_jhash(const struct json_tree *tree, const struct json_node *node,
		      enum nft_say_kind kind, struct buf *out)
{
	(void)kind;
	buf_puts(out, "jhash");
	say_member(tree, node, "expr", " ", NFT_SAY_PLAIN, out);
	say_modulus(tree, node, out);
}

static void say_symhash(const struct json_tree *tree, const struct json_node *node,
			enum nft_say_kind kind, struct buf *out)
{
	(void)kind;
	buf_puts(out, "symhash");
	say_modulus(tree, node, out);
}

static void say_map(const struct json_tree *tree, const struct json_node *node,
		    enum nft_say_kind kind, struct buf *out)
{
	say_member(tree, node, "key", "", NFT_SAY_PLAIN, out);
	buf_puts(out, " map ");
	(void)kind;
	nft_say(tree, json_member(tree, node, "data"),
		nft_say_kind_of_key(tree, json_member(tree, node, "key")), out);
}

static void say_element(const struct json_tree *tree, const struct json_node *node,
			enum nft_say_kind kind, struct buf *out)
{
	say_member(tree, node, "val", "", kind, out);
	/* What may keep it from holding; the numbers do not matter. */
	if (json_member(tree, node, "limit") || json_member(tree, node, "quota") ||
	    json_member(tree, node, "ct count"))
		buf_puts(out, " limit");
}

static void say_verdict(const struct json_tree *tree, const struct json_node *node,
			enum nft_say_kind kind, struct buf *out)
{
	(void)kind;
	buf_puts(out, json_key(tree, node));
	if (!json_member(tree, node, "target"))
		return;
	buf_putc(out, ' ');
	nft_say_word(json_text(tree, json_member(tree, node, "target")), out);
}

/* `a & b`; several operands in parentheses. */
static void say_operator(const struct json_tree *tree, const struct json_node *node,
			 enum nft_say_kind kind, struct buf *out)
{
	const struct json_node *child = json_child(tree, node);

	for (bool first = true; child; child = json_next(tree, child), first = false) {
		bool is_list = !first && child->kind == JSON_ARRAY;

		if (!first)
			buf_printf(out, " %s ", json_key(tree, node));
		if (is_list)
			buf_putc(out, '(');
		if (is_list)
			say_list(tree, child, " | ", kind, out);
		else
			nft_say(tree, child, kind, out);
		if (is_list)
			buf_putc(out, ')');
	}
}

static const struct {
	const char *name;
	void (*say)(const struct json_tree *tree, const struct json_node *node,
		    enum nft_say_kind kind, struct buf *out);
} expressions[] = {
	{ "prefix", say_prefix },
	{ "range", say_range },
	{ "concat", say_concat },
	{ "set", say_set },
	{ "payload", say_payload },
	{ "meta", say_meta },
	{ "ct", say_ct },
	{ "rt", say_rt },
	{ "fib", say_fib },
	{ "exthdr", say_exthdr },
	{ "numgen", say_numgen },
	{ "jhash", say_jhash },
	{ "symhash", say_symhash },
	{ "map", say_map },
	{ "elem", say_element },
	{ "accept", say_verdict },
	{ "drop", say_verdict },
	{ "return", say_verdict },
	{ "continue", say_verdict },
	{ "jump", say_verdict },
	{ "goto", say_verdict },
	{ "&", say_operator },
	{ "|", say_operator },
	{ "^", say_operator },
	{ "<<", say_operator },
	{ ">>", say_operator },
};

bool nft_say_is_other(const struct json_tree *tree, const struct json_node *node)
{
	const struct json_node *inner = json_child(tree, node);

	if (!node || node->kind != JSON_OBJECT || !inner)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(expressions); i++) {
		if (strcmp(json_key(tree, inner), expressions[i].name) == 0)
			return false;
	}
	return true;
}

/* An expression with words of its own, such as {"tcp option": {"name": ..., "field": ...}}. */
static void say_other(const struct json_tree *tree, const struct json_node *node, struct buf *out)
{
	const struct json_node *child = json_child(tree, node);
	struct buf words = BUF_INIT;

	say_words(json_key(tree, node), &words);
	if (words.len > 1)
		buf_puts(out, words.data + 1);
	for (; child; child = json_next(tree, child)) {
		if (child->kind != JSON_STRING && child->kind != JSON_NUMBER)
			continue;
		buf_putc(out, ' ');
		nft_say(tree, child, NFT_SAY_PLAIN, out);
	}
	if (words.error)
		out->error = words.error;
	buf_release(&words);
}

static void say_object(const struct json_tree *tree, const struct json_node *node,
		       enum nft_say_kind kind, struct buf *out)
{
	const struct json_node *inner = json_child(tree, node);
	const char *name = json_key(tree, inner);

	for (size_t i = 0; inner && i < ARRAY_SIZE(expressions); i++) {
		if (strcmp(name, expressions[i].name) == 0) {
			expressions[i].say(tree, inner, kind, out);
			return;
		}
	}
	if (inner)
		say_other(tree, inner, out);
	else
		buf_puts(out, "unknown");
}

static void say_number(const char *text, enum nft_say_kind kind, struct buf *out)
{
	uint64_t number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (kind == NFT_SAY_MARKS && errno == 0 && !*end && *text != '-' && number <= UINT32_MAX)
		buf_printf(out, "0x%08x", (unsigned int)number);
	else
		nft_say_word(text, out);
}

void nft_say(const struct json_tree *tree, const struct json_node *node, enum nft_say_kind kind,
	     struct buf *out)
{
	if (!node) {
		buf_puts(out, "unknown");
		return;
	}
	switch (node->kind) {
	case JSON_OBJECT:
		say_object(tree, node, kind, out);
		break;
	case JSON_ARRAY:
		say_list(tree, node, ",", kind, out);
		break;
	case JSON_STRING:
		if (kind == NFT_SAY_NAMES && *json_text(tree, node) != '@')
			nft_say_quoted(json_text(tree, node), out);
		else
			nft_say_word(json_text(tree, node), out);
		break;
	case JSON_NUMBER:
		say_number(json_text(tree, node), kind, out);
		break;
	case JSON_TRUE:
		buf_puts(out, "exists");
		break;
	case JSON_FALSE:
	case JSON_NULL:
		buf_puts(out, "missing");
		break;
	}
}

static void say_key(const struct json_tree *tree, const struct json_node *node,
		    const enum nft_say_kind kinds[NFT_SAY_KINDS], struct buf *out)
{
	const struct json_node *element = json_member(tree, node, "elem");
	const struct json_node *concat =
		json_member(tree, element ? json_member(tree, element, "val") : node, "concat");
	const struct json_node *part = json_child(tree, concat);

	if (!concat) {
		nft_say(tree, node, kinds[0], out);
		return;
	}
	for (size_t i = 0; part; part = json_next(tree, part), i++) {
		if (i > 0)
			buf_puts(out, " . ");
		nft_say(tree, part, kinds[i < NFT_SAY_KINDS ? i : 0], out);
	}
	if (element && (json_member(tree, element, "limit") || json_member(tree, element, "quota")))
		buf_puts(out, " limit");
}

void nft_say_elements(const struct json_tree *tree, const struct json_node *list,
		      const enum nft_say_kind kinds[NFT_SAY_KINDS], struct buf *out)
{
	const struct json_node *element = list && list->kind == JSON_ARRAY ? json_child(tree, list)
									   : list;

	for (bool first = true; element; element = json_next(tree, element), first = false) {
		if (!first)
			buf_puts(out, ", ");
		if (element->kind != JSON_ARRAY) {
			say_key(tree, element, kinds, out);
		} else {
			say_key(tree, json_child(tree, element), kinds, out);
			buf_puts(out, " : ");
			nft_say(tree, json_next(tree, json_child(tree, element)), NFT_SAY_PLAIN,
				out);
		}
		if (list->kind != JSON_ARRAY)
			break;
	}
}
