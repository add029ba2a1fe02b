/* SPDX-License-Identifier: Apache-2.0 */
/* Allocates texts, counts their users, and frees them with the last one. */
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

struct text_quoted {
	size_t begin;
	size_t end;
	enum text_quoting quoting;
};

int text_new(const char *name, size_t size, struct text **text)
{
	struct text *made;

	if (size > SIZE_MAX - sizeof(*made) - 1)
		return -ENOMEM;
	made = malloc(sizeof(*made) + size + 1);
	if (!made)
		return -ENOMEM;
	made->name = strdup(name);
	if (!made->name) {
		free(made);
		return -ENOMEM;
	}
	atomic_init(&made->refs, 1);
	made->size = size;
	made->map = NULL;
	made->quoted = NULL;
	made->quoted_count = 0;
	made->quoted_capacity = 0;
	made->data[size] = '\0';
	*text = made;
	return 0;
}

/* Only the count of a text changes that others hold as const. */
static struct text *text_mutable(const struct text *text)
{
	union {
		const struct text *in;
		struct text *out;
	} cast = { .in = text };

	return cast.out;
}

struct text *text_ref(const struct text *text)
{
	struct text *counted = text_mutable(text);

	if (counted)
		atomic_fetch_add_explicit(&counted->refs, 1, memory_order_relaxed);
	return counted;
}

static void text_map_free(struct text_map *map)
{
	if (!map)
		return;
	text_unref(map->outer);
	free(map->pieces);
	free(map);
}

void text_unref(const struct text *text)
{
	struct text *counted = text_mutable(text);

	if (!counted || atomic_fetch_sub_explicit(&counted->refs, 1, memory_order_acq_rel) != 1)
		return;
	text_map_free(counted->map);
	free(counted->quoted);
	free(counted->name);
	free(counted);
}

int text_note_quoted(struct text *text, size_t begin, size_t end, enum text_quoting quoting)
{
	int r = array_grow(&text->quoted, &text->quoted_capacity, text->quoted_count,
			   sizeof(*text->quoted));

	if (r == 0)
		text->quoted[text->quoted_count++] = (struct text_quoted){ begin, end, quoting };
	return r;
}

size_t text_escape_length(const char *escape)
{
	switch (escape[1]) {
	case 'x':
		return 4;
	case 'u':
		return 6;
	case 'U':
		return 10;
	default:
		return 2;
	}
}

/* Whether a stretch has only whole escapes. A stretch can begin right after the backslash of one,
 * but not further inside: it was extended by blanks at most. */
static bool has_whole_escapes(const struct text *text, size_t offset, size_t length)
{
	size_t end = offset + length;

	if (offset > 0 && text->data[offset - 1] == '\\')
		return false;
	while (offset < end)
		offset += text->data[offset] == '\\' ? text_escape_length(text->data + offset) : 1;
	return offset == end;
}

bool text_takes(const struct text *text, size_t offset, size_t length, const char *replacement)
{
	static const char *const forbidden[] = {
		[TEXT_DOUBLE_QUOTED] = "\"\\\r\n",
		[TEXT_SINGLE_QUOTED] = "'\r\n",
	};

	for (size_t i = 0; i < text->quoted_count; i++) {
		const struct text_quoted *quoted = &text->quoted[i];

		if (offset >= quoted->end || offset + length < quoted->begin)
			continue;
		if (quoted->quoting == TEXT_FIXED || quoted->quoting == TEXT_FOLDED ||
		    strpbrk(replacement, forbidden[quoted->quoting]))
			return false;
		if (quoted->quoting == TEXT_DOUBLE_QUOTED &&
		    !has_whole_escapes(text, offset, length))
			return false;
	}
	return true;
}

static const struct text_quoted *find_quoted(const struct text *text, size_t offset, size_t length)
{
	for (size_t i = 0; i < text->quoted_count; i++)
		if (offset < text->quoted[i].end && offset + length >= text->quoted[i].begin)
			return &text->quoted[i];
	return NULL;
}

bool text_is_quoted(const struct text *text, size_t offset)
{
	const struct text_quoted *quoted = find_quoted(text, offset, 0);

	return quoted && quoted->quoting != TEXT_FOLDED;
}

bool text_is_editable(const struct text *text, size_t offset)
{
	const struct text_quoted *quoted = find_quoted(text, offset, 0);

	return !quoted || quoted->quoting == TEXT_DOUBLE_QUOTED ||
	       quoted->quoting == TEXT_SINGLE_QUOTED;
}

/* Whether a stretch of a scalar of several lines has no quotes and escapes, and @replacement
 * neither; where it has no quotes itself, it need not. */
static bool is_simple(const struct text *text, const struct text_quoted *quoted, size_t offset,
		      size_t length, const char *replacement)
{
	char first = text->data[quoted->begin];

	if (strpbrk(replacement, "\r\n"))
		return false;
	if (first != '"' && first != '\'')
		return true;
	for (size_t i = offset; i < offset + length; i++)
		if (strchr("\"\\'", text->data[i]))
			return false;
	return !strpbrk(replacement, "\"\\'");
}

/* Whether bytes can be replaced in such a scalar at all. */
static bool is_replaceable(const struct text *text, const struct text_quoted *quoted, size_t offset,
			   size_t length, const char *replacement)
{
	switch (quoted->quoting) {
	case TEXT_DOUBLE_QUOTED:
		return has_whole_escapes(text, offset, length);
	case TEXT_SINGLE_QUOTED:
		return !strpbrk(replacement, "\r\n");
	case TEXT_FOLDED:
		return is_simple(text, quoted, offset, length, replacement);
	case TEXT_FIXED:
		break;
	}
	return false;
}

/* Copies a text with the escapes of double quotes, or with single quotes doubled. */
static void put_escaped(char *to, const char *from, enum text_quoting quoting)
{
	for (; *from; from++) {
		char c = *from;

		if (quoting == TEXT_DOUBLE_QUOTED && strchr("\"\\\r\n", c))
			*to++ = '\\';
		else if (quoting == TEXT_SINGLE_QUOTED && c == '\'')
			*to++ = '\'';
		if (quoting == TEXT_DOUBLE_QUOTED && (c == '\n' || c == '\r'))
			c = c == '\n' ? 'n' : 'r';
		*to++ = c;
	}
	*to = '\0';
}

int text_literal(const struct text *text, size_t offset, size_t length, const char *replacement,
		 char **literal)
{
	const struct text_quoted *quoted = text ? find_quoted(text, offset, length) : NULL;

	*literal = NULL;
	if (quoted && !is_replaceable(text, quoted, offset, length, replacement))
		return 0;
	*literal = malloc(2 * strlen(replacement) + 1);
	if (!*literal)
		return -ENOMEM;
	put_escaped(*literal, replacement, quoted ? quoted->quoting : TEXT_FOLDED);
	return 0;
}

struct ipmasq_place pos_place(const struct pos *pos)
{
	return (struct ipmasq_place){
		.file = pos->text ? pos->text->name : NULL,
		.line = pos->line,
		.column = pos->column,
		.end_column = pos->end_column > pos->column ? pos->end_column : pos->column,
	};
}
