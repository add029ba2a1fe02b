/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads JSON (RFC 8259), and finds the place of each node.
 *
 * libyaml reads most JSON, but refuses surrogate pairs and a line end before a colon, and accepts
 * trailing commas. json-c does not tell places.
 */
#include "config/document_json.h"

#include <stdio.h>
#include <string.h>

#include "util/scalar.h"
#include "util/utf8.h"

struct json_reader {
	struct builder *builder;
	const char *start;
	const char *p;
	const char *end;
};

/* A longer text gets no suggestion. */
#define WORD_MAX 80

/* A cursor at @p, which is not before the builder's. */
static struct cursor cursor_at(const struct json_reader *reader, const char *p)
{
	struct cursor cursor = reader->builder->cursor;

	cursor_to_offset(&cursor, (size_t)(p - reader->start));
	return cursor;
}

/* Rejects the text from @from to @to. */
static int json_reject(const struct json_reader *reader, const char *from, const char *to,
		       const char *suggestion, const char *message)
{
	struct cursor start = cursor_at(reader, from);
	struct cursor end = cursor_at(reader, to);
	struct pos pos = cursor_pos(&start, &end);

	return diag_reject(reader->builder->diags, "syntax", &pos, suggestion, "%s", message);
}

/* Rejects the one character at @p, or the end of the text. */
static int json_reject_here(const struct json_reader *reader, const char *p, const char *message)
{
	const char *to = p;

	if (to < reader->end)
		to++;
	while (to < reader->end && !utf8_starts_character(*to))
		to++;
	return json_reject(reader, p, to, NULL, message);
}

/* Rejects the innermost container: the text ends within it. */
static int json_reject_unclosed(const struct json_reader *reader)
{
	const struct builder *builder = reader->builder;
	const struct node *node = &builder->document->nodes[builder->open[builder->depth - 1].node];
	struct pos pos = document_pos(builder->document, node);

	return diag_reject(builder->diags, "syntax", &pos, NULL, "%s",
			   node->kind == NODE_MAPPING
				   ? "the brace `{` that opens here is never closed"
				   : "the bracket `[` that opens here is never closed");
}

static bool starts_comment(const struct json_reader *reader)
{
	return *reader->p == '#' ||
	       (*reader->p == '/' && (reader->p[1] == '/' || reader->p[1] == '*'));
}

/* Skips blanks, and rejects a comment after them. */
static int skip_blanks(struct json_reader *reader)
{
	while (*reader->p == ' ' || *reader->p == '\t' || *reader->p == '\r' || *reader->p == '\n')
		reader->p++;
	if (starts_comment(reader))
		return json_reject_here(
			reader, reader->p,
			"JSON has no comments; remove it, or write the file as YAML");
	return 0;
}

/* Adds a node from @from to reader->p. */
static int add_node(struct json_reader *reader, const char *from, struct node node)
{
	struct builder *builder = reader->builder;
	struct cursor start;
	struct node placed;
	uint32_t index;

	cursor_to_offset(&builder->cursor, (size_t)(from - reader->start));
	start = builder->cursor;
	cursor_to_offset(&builder->cursor, (size_t)(reader->p - reader->start));
	placed = builder_node(&start, &builder->cursor);
	placed.kind = node.kind;
	placed.type = node.type;
	placed.value = node.value;
	placed.value_len = node.value_len;
	return builder_add(builder, &placed, &index);
}

static int add_scalar(struct json_reader *reader, const char *from, enum scalar_type type,
		      const char *value, size_t len)
{
	struct node node = {
		.kind = NODE_SCALAR,
		.type = (uint8_t)type,
		.value = value,
		.value_len = (uint32_t)len,
	};

	return add_node(reader, from, node);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits after `\u`, or -1. */
static int32_t read_hex(const char *p)
{
	int32_t code = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return -1;
		code = code * 16 + digit;
	}
	return code;
}

/* Reads the escape whose backslash is at reader->p, and writes the character that it stands for. */
static int read_escape(struct json_reader *reader, char **out)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *p = reader->p;
	const char *letter = p[1] ? strchr(letters, p[1]) : NULL;
	int32_t code;
	int32_t low;

	if (letter) {
		*(*out)++ = meanings[letter - letters];
		reader->p += 2;
		return 0;
	}
	if (p[1] != 'u')
		return json_reject(reader, p, p + 1, NULL,
				   "JSON has no such escape; a backslash is written \\\\");
	code = read_hex(p + 2);
	if (code < 0)
		return json_reject(reader, p, p + 2, NULL,
				   "\\u must be followed by four hexadecimal digits");
	reader->p += 6;
	if (code >= 0xd800 && code < 0xdc00) {
		low = p[6] == '\\' && p[7] == 'u' ? read_hex(p + 8) : -1;
		if (low < 0xdc00 || low > 0xdfff)
			return json_reject(
				reader, p, p + 6, NULL,
				"this is the first half of a surrogate pair, and the second "
				"half does not follow");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		reader->p += 6;
	} else if (code >= 0xdc00 && code < 0xe000) {
		return json_reject(reader, p, p + 6, NULL,
				   "this is the second half of a surrogate pair without the first");
	}
	*out = utf8_put(*out, (uint32_t)code);
	return 0;
}

/* The quote that closes the string at @p, or NULL. */
static const char *find_quote(const char *p, const char *end, char quote)
{
	for (p++; p < end && *p != '\n' && *p != '\r'; p++) {
		if (*p == quote)
			return p;
		if (*p == '\\' && p + 1 < end)
			p++;
	}
	return NULL;
}

static int read_string(struct json_reader *reader)
{
	const char *from = reader->p;
	const char *quote = find_quote(from, reader->end, '"');
	char *value;
	char *out;
	int r = 0;

	if (!quote)
		return json_reject_here(reader, from,
					"the string that opens here is not closed in this line");
	/* An escape never becomes longer than it is written. */
	value = document_reserve(reader->builder->document, (size_t)(quote - from));
	if (!value)
		return -ENOMEM;
	out = value;
	reader->p++;
	while (r == 0 && reader->p < quote) {
		if (*reader->p == '\\')
			r = read_escape(reader, &out);
		else if ((unsigned char)*reader->p < 0x20)
			r = json_reject_here(
				reader, reader->p,
				"a control character in a string is written as an escape, "
				"such as \\t or \\u001f");
		else
			*out++ = *reader->p++;
	}
	if (r < 0)
		return r;
	*out = '\0';
	reader->p = quote + 1;
	return add_scalar(reader, from, SCALAR_STRING, value, (size_t)(out - value));
}

static size_t count_digits(const char *p)
{
	return strspn(p, "0123456789");
}

/* The length of the JSON number at @p, or 0. */
static size_t number_length(const char *p)
{
	const char *start = p;
	size_t digits;

	p += *p == '-';
	digits = count_digits(p);
	if (digits == 0 || (digits > 1 && *p == '0'))
		return 0;
	p += digits;
	if (*p == '.') {
		digits = count_digits(p + 1);
		if (digits == 0)
			return 0;
		p += 1 + digits;
	}
	if (*p == 'e' || *p == 'E') {
		p += 1 + (p[1] == '-' || p[1] == '+');
		digits = count_digits(p);
		if (digits == 0)
			return 0;
		p += digits;
	}
	return (size_t)(p - start);
}

/* The length of a text without quotes: it ends before what can follow it in JSON. */
static size_t word_length(const char *p, bool key)
{
	return strcspn(p, key ? " \t\r\n,[]{}\"':" : " \t\r\n,[]{}\"'");
}

/* Whether a text can stand between double quotes as it is. */
static bool fits_in_quotes(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)p[i] < 0x20 || p[i] == '"' || p[i] == '\\')
			return false;
	return len > 0 && len <= WORD_MAX;
}

/* Rejects a text without quotes, or with the wrong ones, and suggests what it is in JSON. */
static int json_reject_word(struct json_reader *reader, bool key)
{
	const char *p = reader->p;
	const char *quote = *p == '\'' ? find_quote(p, reader->end, '\'') : NULL;
	const char *inner = quote ? p + 1 : p;
	size_t len = quote ? (size_t)(quote - inner) : word_length(p, key);
	const char *to = quote ? quote + 1 : p + len;
	char suggestion[WORD_MAX + 3];
	bool flag;

	if (!fits_in_quotes(inner, len))
		return json_reject(
			reader, p, len ? to : p + (p < reader->end), NULL,
			key ? "a key in double quotes is expected here"
			    : "a value is expected here; texts need double quotes in JSON");
	snprintf(suggestion, sizeof(suggestion), "\"%.*s\"", (int)len, inner);
	if (quote)
		return json_reject(reader, p, to, suggestion, "JSON allows double quotes only");
	if (key)
		return json_reject(reader, p, to, suggestion, "a key needs double quotes in JSON");
	if (scalar_bool(p, len, &flag))
		return json_reject(reader, p, to, flag ? "true" : "false",
				   "a bool is written true or false in JSON");
	if (len == 4 && (memcmp(p, "None", 4) == 0 || memcmp(p, "NULL", 4) == 0))
		return json_reject(reader, p, to, "null",
				   "an absent value is written null in JSON");
	if (strspn(p, "+-.0123456789eE") >= len)
		return json_reject(
			reader, p, to, NULL,
			"this is not a number in JSON: remove a leading zero or plus, and "
			"write digits on both sides of a point");
	return json_reject(reader, p, to, suggestion, "a text needs double quotes in JSON");
}

static int read_literal(struct json_reader *reader)
{
	static const struct {
		const char *word;
		enum scalar_type type;
	} literals[] = {
		{ "true", SCALAR_BOOL },
		{ "false", SCALAR_BOOL },
		{ "null", SCALAR_NULL },
	};
	const char *from = reader->p;
	size_t len = word_length(from, false);
	enum scalar_type type = SCALAR_STRING;
	char *value;

	for (size_t i = 0; i < ARRAY_SIZE(literals); i++)
		if (strlen(literals[i].word) == len && memcmp(literals[i].word, from, len) == 0)
			type = literals[i].type;
	if (len > 0 && number_length(from) == len)
		type = SCALAR_NUMBER;
	if (type == SCALAR_STRING)
		return json_reject_word(reader, false);
	value = document_reserve(reader->builder->document, len + 1);
	if (!value)
		return -ENOMEM;
	memcpy(value, from, len);
	value[len] = '\0';
	reader->p += len;
	return add_scalar(reader, from, type, value, len);
}

static int read_value(struct json_reader *reader)
{
	const char *from = reader->p;

	switch (*from) {
	case '{':
	case '[':
		reader->p++;
		return add_node(reader, from,
				(struct node){ .kind = *from == '{' ? NODE_MAPPING
								    : NODE_SEQUENCE });
	case '"':
		return read_string(reader);
	default:
		return from < reader->end ? read_literal(reader) : json_reject_unclosed(reader);
	}
}

/* Reads the key and the colon before a mapping's value. */
static int read_key(struct json_reader *reader)
{
	int r = *reader->p == '"' ? read_string(reader) : json_reject_word(reader, true);

	if (r == 0)
		r = skip_blanks(reader);
	if (r < 0)
		return r;
	if (reader->p == reader->end)
		return json_reject_unclosed(reader);
	if (*reader->p != ':')
		return json_reject_here(reader, reader->p, "a colon is missing before this");
	reader->p++;
	return skip_blanks(reader);
}

/* Reads the comma before every element but the first. */
static int read_comma(struct json_reader *reader)
{
	const char *comma = reader->p;
	int r;

	if (*comma != ',')
		return json_reject_here(reader, comma, "a comma is missing before this");
	reader->p++;
	r = skip_blanks(reader);
	if (r < 0)
		return r;
	if (*reader->p == ']' || *reader->p == '}')
		return json_reject_here(reader, comma,
					"JSON has no comma after the last element; remove it");
	if (*reader->p == ',')
		return json_reject_here(reader, reader->p, "there is one comma too many here");
	return 0;
}

/* Reads an element of the innermost container, or its end. */
static int read_element(struct json_reader *reader)
{
	struct builder *builder = reader->builder;
	uint32_t container = builder->open[builder->depth - 1].node;
	bool mapping = builder->document->nodes[container].kind == NODE_MAPPING;
	bool first = builder->open[builder->depth - 1].last_child == NODE_NONE;
	int r = skip_blanks(reader);

	if (r < 0)
		return r;
	if (reader->p == reader->end)
		return json_reject_unclosed(reader);
	if (*reader->p == (mapping ? '}' : ']')) {
		reader->p++;
		cursor_to_offset(&builder->cursor, (size_t)(reader->p - reader->start));
		builder_close(builder, &builder->cursor);
		return 0;
	}
	if (*reader->p == ']' || *reader->p == '}')
		return json_reject_here(reader, reader->p,
					mapping ? "`}` is missing before this"
						: "`]` is missing before this");
	if (!first)
		r = read_comma(reader);
	if (r == 0 && reader->p == reader->end)
		return json_reject_unclosed(reader);
	if (r == 0 && mapping)
		r = read_key(reader);
	return r < 0 ? r : read_value(reader);
}

/* Whether a line `---` stands here, which ends a document of YAML. */
static bool at_separator(const struct json_reader *reader)
{
	const char *p = reader->p;

	return strncmp(p, "---", 3) == 0 && (p[-1] == '\n' || p[-1] == '\r') &&
	       (p[3] == '\0' || strchr(" \t\r\n", p[3]));
}

int document_read_json(struct builder *builder, bool *yaml)
{
	const struct text *text = builder->document->text;
	struct json_reader reader = {
		.builder = builder,
		.start = text->data,
		.p = text->data,
		.end = text->data + text->size,
	};
	int r = skip_blanks(&reader);

	if (r == 0)
		r = read_value(&reader);
	while (r == 0 && builder->depth > 0)
		r = read_element(&reader);
	if (r == 0)
		r = skip_blanks(&reader);
	*yaml = r == 0 && at_separator(&reader);
	if (r == 0 && !*yaml && reader.p < reader.end)
		r = json_reject_here(&reader, reader.p,
				     "there is text after the closing brace; a JSON configuration "
				     "is one object");
	return r;
}
