/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/json_tree.h"

#include <stdlib.h>
#include <string.h>

#include "util/utf8.h"

/* nft nests about ten levels. */
#define DEPTH_MAX 48

struct reader {
	struct json_tree *tree;
	const char *p;
	const char *end;
	/* The containers that are open, and the last node in each, or JSON_NONE. */
	uint32_t open[DEPTH_MAX];
	uint32_t last[DEPTH_MAX];
	size_t depth;
};

static void skip_blanks(struct reader *reader)
{
	while (reader->p < reader->end && json_is_blank(*reader->p))
		reader->p++;
}

static bool take(struct reader *reader, char c)
{
	if (reader->p == reader->end || *reader->p != c)
		return false;
	reader->p++;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits after `\u`, or -1. */
static int32_t read_hex(const char *p, const char *end)
{
	int32_t code = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return -1;
		code = code * 16 + digit;
	}
	return code;
}

/* After the backslash. What no text of ours may have, such as a NUL, becomes a question mark. */
static bool read_escape(struct reader *reader, struct buf *out)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter;
	char utf8[4];
	int32_t code;
	int32_t low;

	if (reader->p == reader->end)
		return false;
	letter = *reader->p ? strchr(letters, *reader->p) : NULL;
	if (letter) {
		buf_putc(out, meanings[letter - letters]);
		reader->p++;
		return true;
	}
	if (!take(reader, 'u'))
		return false;
	code = read_hex(reader->p, reader->end);
	if (code < 0)
		return false;
	reader->p += 4;
	if (code >= 0xd800 && code < 0xdc00 && reader->end - reader->p >= 6 &&
	    reader->p[0] == '\\' && reader->p[1] == 'u') {
		low = read_hex(reader->p + 2, reader->end);
		if (low >= 0xdc00 && low < 0xe000) {
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
			reader->p += 6;
		}
	}
	if (code == 0 || (code >= 0xd800 && code < 0xe000))
		code = '?';
	buf_add(out, utf8, (size_t)(utf8_put(utf8, (uint32_t)code) - utf8));
	return true;
}

/* A string, with its quotes. @at: where its text begins. */
static bool read_string(struct reader *reader, size_t *at)
{
	struct buf *out = &reader->tree->texts;

	if (!take(reader, '"'))
		return false;
	*at = out->len;
	while (reader->p < reader->end && *reader->p != '"') {
		if (take(reader, '\\')) {
			if (!read_escape(reader, out))
				return false;
		} else {
			buf_putc(out, *reader->p ? *reader->p : '?');
			reader->p++;
		}
	}
	buf_putc(out, '\0');
	return take(reader, '"');
}

/* A number or one of the three words. */
static bool read_plain(struct reader *reader, struct json_node *node)
{
	static const struct {
		const char *word;
		enum json_kind kind;
	} words[] = { { "null", JSON_NULL }, { "false", JSON_FALSE }, { "true", JSON_TRUE } };
	size_t len = json_length(reader->p, (size_t)(reader->end - reader->p));

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (len == strlen(words[i].word) && memcmp(reader->p, words[i].word, len) == 0) {
			node->kind = words[i].kind;
			reader->p += len;
			return true;
		}
	}
	if (len == 0 || !strchr("-0123456789", *reader->p))
		return false;
	node->kind = JSON_NUMBER;
	node->text = reader->tree->texts.len;
	buf_add(&reader->tree->texts, reader->p, len);
	buf_putc(&reader->tree->texts, '\0');
	reader->p += len;
	return true;
}

static int add_node(struct reader *reader, const struct json_node *node)
{
	struct json_tree *tree = reader->tree;
	uint32_t number = (uint32_t)tree->count;
	uint32_t *last;

	if (tree->count >= JSON_NONE - 1 ||
	    array_grow(&tree->nodes, &tree->capacity, tree->count, sizeof(*node)))
		return -ENOMEM;
	tree->nodes[tree->count++] = *node;
	if (reader->depth == 0)
		return 0;
	last = &reader->last[reader->depth - 1];
	if (*last == JSON_NONE)
		tree->nodes[reader->open[reader->depth - 1]].child = number;
	else
		tree->nodes[*last].next = number;
	*last = number;
	return 0;
}

static bool in_object(const struct reader *reader)
{
	return reader->depth > 0 &&
	       reader->tree->nodes[reader->open[reader->depth - 1]].kind == JSON_OBJECT;
}

/* Reads one value, of a container only how it opens. */
static int read_value(struct reader *reader)
{
	struct json_node node = { .child = JSON_NONE, .next = JSON_NONE };
	bool opens;
	int r;

	skip_blanks(reader);
	if (in_object(reader)) {
		if (!read_string(reader, &node.key))
			return -EINVAL;
		skip_blanks(reader);
		if (!take(reader, ':'))
			return -EINVAL;
		skip_blanks(reader);
	}
	opens = true;
	if (take(reader, '{')) {
		node.kind = JSON_OBJECT;
	} else if (take(reader, '[')) {
		node.kind = JSON_ARRAY;
	} else {
		opens = false;
		node.kind = JSON_STRING;
		if (reader->p < reader->end && *reader->p == '"') {
			if (!read_string(reader, &node.text))
				return -EINVAL;
		} else if (!read_plain(reader, &node)) {
			return -EINVAL;
		}
	}
	if (opens && reader->depth == DEPTH_MAX)
		return -EINVAL;
	r = add_node(reader, &node);
	if (r == 0 && opens) {
		reader->open[reader->depth] = (uint32_t)(reader->tree->count - 1);
		reader->last[reader->depth++] = JSON_NONE;
	}
	return r;
}

/* Closes containers, up to where the next value comes. False: neither comes. */
static bool close_all(struct reader *reader)
{
	while (reader->depth > 0) {
		bool is_empty = reader->last[reader->depth - 1] == JSON_NONE;

		skip_blanks(reader);
		if (take(reader, in_object(reader) ? '}' : ']')) {
			reader->depth--;
			continue;
		}
		return is_empty || take(reader, ',');
	}
	return true;
}

int json_tree_read(struct json_tree *tree, const char *text, size_t len)
{
	struct reader reader = { .tree = tree, .p = text, .end = text + len };
	int r;

	tree->count = 0;
	tree->texts.len = 0;
	/* For what has no text. */
	buf_putc(&tree->texts, '\0');
	do {
		r = read_value(&reader);
		if (r == 0 && !close_all(&reader))
			r = -EINVAL;
	} while (r == 0 && reader.depth > 0);
	if (tree->texts.error)
		return tree->texts.error;
	skip_blanks(&reader);
	return r == 0 && reader.p < reader.end ? -EINVAL : r;
}

void json_tree_release(struct json_tree *tree)
{
	free(tree->nodes);
	buf_release(&tree->texts);
	*tree = (struct json_tree){ 0 };
}

const struct json_node *json_root(const struct json_tree *tree)
{
	return tree->count > 0 ? tree->nodes : NULL;
}

static const struct json_node *node_of(const struct json_tree *tree, uint32_t number)
{
	return number == JSON_NONE ? NULL : &tree->nodes[number];
}

const struct json_node *json_child(const struct json_tree *tree, const struct json_node *node)
{
	return node ? node_of(tree, node->child) : NULL;
}

const struct json_node *json_next(const struct json_tree *tree, const struct json_node *node)
{
	return node ? node_of(tree, node->next) : NULL;
}

const struct json_node *json_member(const struct json_tree *tree, const struct json_node *node,
				    const char *name)
{
	const struct json_node *child = node && node->kind == JSON_OBJECT ? json_child(tree, node)
									  : NULL;

	while (child && strcmp(json_key(tree, child), name) != 0)
		child = json_next(tree, child);
	return child;
}

const char *json_key(const struct json_tree *tree, const struct json_node *node)
{
	return node ? tree->texts.data + node->key : "";
}

const char *json_text(const struct json_tree *tree, const struct json_node *node)
{
	return node ? tree->texts.data + node->text : "";
}

/* After the string that begins at @p. */
static const char *after_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
	}
	return p < end ? p + 1 : end;
}

size_t json_length(const char *text, size_t size)
{
	const char *end = text + size;
	const char *p = text;
	size_t depth = 0;

	while (p < end) {
		if (*p == '"') {
			p = after_string(p, end);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (depth == 0 && (json_is_blank(*p) || strchr(",}]", *p))) {
			break;
		} else {
			depth -= *p == '}' || *p == ']';
			p++;
		}
		if (depth == 0 && (p[-1] == '}' || p[-1] == ']' || p[-1] == '"'))
			break;
	}
	return (size_t)(p - text);
}
