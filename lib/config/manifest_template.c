/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the placeholders of templates by how they begin and end.
 *
 * None of these can be part of a configuration: its values are addresses, numbers and words. The
 * forms are those of Helm and Go, Jinja, Terraform, ERB, shells and envsubst, CMake and autoconf,
 * Windows, and of pipelines that replace tokens.
 */
#include "config/manifest_template.h"

#include <string.h>

#include "util/ascii.h"
#include "util/cursor.h"

enum body {
	/* Anything in the same line. */
	BODY_ANY,
	/* Letters, digits, `_`, `-` and `.`, of which the first is a letter or `_`. */
	BODY_NAME,
	/* The same, and blanks between words. */
	BODY_WORDS,
	/* Capital letters, digits and `_`, of which the first is no digit. */
	BODY_CAPITALS,
};

static const struct form {
	const char *open;
	/* "": the end of the body. */
	const char *close;
	enum body body;
	/* It is one also where it is not closed in its line. */
	bool unclosed;
} forms[] = {
	{ "{{", "}}", BODY_ANY, true },	   { "{%", "%}", BODY_ANY, true },
	{ "<%", "%>", BODY_ANY, false },   { "%{", "}", BODY_ANY, false },
	{ "${", "}", BODY_ANY, false },	   { "$(", ")", BODY_ANY, false },
	{ "$", "", BODY_CAPITALS, false }, { "%", "%", BODY_NAME, false },
	{ "__", "__", BODY_NAME, false },  { "@", "@", BODY_NAME, false },
	{ "<", ">", BODY_WORDS, false },
};

/* A name that is longer is none. */
#define NAME_MAX_LENGTH 64

/* How far a line is known to have no closing mark, per form: lines without one are read once. */
struct scan {
	const char *end;
	const char *unclosed_until[ARRAY_SIZE(forms)];
};

static bool is_body(enum body body, char c, bool first)
{
	bool capital = c == '_' || (c >= 'A' && c <= 'Z');
	bool digit = !first && ascii_is_digit(c);

	switch (body) {
	case BODY_CAPITALS:
		return capital || digit;
	case BODY_WORDS:
		if (!first && c == ' ')
			return true;
		/* fallthrough */
	case BODY_NAME:
		return capital || digit || ascii_is_letter(c) || (!first && (c == '-' || c == '.'));
	case BODY_ANY:
		break;
	}
	return c != '\n' && c != '\r';
}

/* How many bytes from @p up to @end may be a body; 0: none. */
static size_t body_length(enum body body, const char *p, const char *end)
{
	size_t len = 0;

	if (body != BODY_ANY && end - p > NAME_MAX_LENGTH)
		end = p + NAME_MAX_LENGTH;
	while (p + len < end && is_body(body, p[len], len == 0))
		len++;
	return len;
}

/* The end of the placeholder that begins at @p in form number @number; NULL: none does. */
static const char *form_end(struct scan *scan, size_t number, const char *p)
{
	const struct form *form = &forms[number];
	const char *body = p + strlen(form->open);
	size_t close = strlen(form->close);
	const char *closed = NULL;
	const char *last;

	if (strncmp(p, form->open, strlen(form->open)) != 0 || p < scan->unclosed_until[number])
		return NULL;
	last = body + body_length(form->body, body, scan->end);
	if (close == 0)
		return last > body ? last : NULL;
	/* A name may end in what closes it, or the mark stands behind it. */
	if (last > body)
		closed = memmem(body + 1, (size_t)(last - body - 1), form->close, close);
	if (!closed && last > body && strncmp(last, form->close, close) == 0)
		closed = last;
	if (closed && closed + close <= scan->end)
		return closed + close;
	if (form->body == BODY_ANY)
		scan->unclosed_until[number] = last;
	return form->unclosed ? last : NULL;
}

static const char *placeholder_end(struct scan *scan, const char *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const char *found = form_end(scan, i, p);

		if (found)
			return found;
	}
	return NULL;
}

static bool may_begin(char c)
{
	return c == '{' || c == '$' || c == '_' || c == '@' || c == '%' || c == '<';
}

/* Whether a `#` that opens a comment stands between the start of the line and @at. */
static bool in_comment(const char *data, size_t at)
{
	for (size_t i = at; i > 0 && data[i - 1] != '\n' && data[i - 1] != '\r'; i--)
		if (data[i - 1] == '#' && (i == 1 || strchr(" \t\r\n", data[i - 2])))
			return true;
	return false;
}

bool manifest_find_template(const struct text *text, size_t begin, size_t end,
			    struct placeholder *found)
{
	const char *data = text->data;
	struct scan scan = { .end = data + end };

	for (size_t at = begin; at < end; at++) {
		const char *last;

		if (!may_begin(data[at]))
			continue;
		last = placeholder_end(&scan, data + at);
		if (!last)
			continue;
		if (!in_comment(data, at)) {
			*found = (struct placeholder){ at, (size_t)(last - data) };
			return true;
		}
		at += strcspn(data + at, "\r\n");
	}
	return false;
}

bool manifest_is_template(const char *value, size_t size)
{
	struct scan scan = { .end = value + size };

	for (size_t at = 0; at < size; at++)
		if (may_begin(value[at]) && placeholder_end(&scan, value + at))
			return true;
	return false;
}

struct pos manifest_template_pos(const struct text *text, const struct placeholder *found)
{
	struct cursor start = cursor_start(text);
	struct cursor end;

	cursor_to_offset(&start, found->begin);
	end = start;
	cursor_to_offset(&end, found->end);
	return cursor_pos(&start, &end);
}
