/* SPDX-License-Identifier: Apache-2.0 */
/* Writes suggestions in the style of what they replace. */
#include "config/config_suggest.h"

#include <stdio.h>

#include "util/ascii.h"
#include "util/buf.h"
#include "util/text_map.h"
#include "util/utf8.h"

/* Where the place of a node ends, which is within one line. */
static size_t place_end(const struct document *document, const struct node *node)
{
	const struct text *text = document->text;
	size_t end = node->offset;

	for (uint32_t column = node->column; column < node->end_column && end < text->size;
	     column++)
		end += utf8_length(text->data[end]);
	return end;
}

/* Whether the place of a scalar covers all of it: it is written in one line. */
static bool is_covered(const struct document *document, const struct node *node)
{
	const char *written = document->text->data + node->offset;
	size_t end = place_end(document, node);

	switch (written[0]) {
	case '|':
	case '>':
		return false;
	case '"':
	case '\'':
		return end - node->offset >= 2 && document->text->data[end - 1] == written[0];
	case '*':
		return true;
	default:
		/* The lines of a plain scalar are joined by blanks. */
		return end - node->offset == node->value_len &&
		       memcmp(written, node->value, node->value_len) == 0;
	}
}

/* The quote that a text needs in place of a scalar; "": none. */
static const char *quote_for(const struct document *document, const struct node *node,
			     const char *text)
{
	char first = document->text->data[node->offset];

	if (document->json || first == '"')
		return "\"";
	if (first == '\'')
		return "'";
	/* Within YAML's [ ], a text that starts with a colon needs quotes. */
	return text[0] == ':' && first != ':' ? "\"" : "";
}

const char *config_suggest(const struct document *document, const struct node *node,
			   const char *text, char suggestion[SUGGESTION_MAX])
{
	const char *quote = quote_for(document, node, text);

	if (!is_covered(document, node))
		return NULL;
	snprintf(suggestion, SUGGESTION_MAX, "%s%s%s", quote, text, quote);
	return suggestion;
}

/*
 * What comes between two items in the place of one. In `  - A`, it is the end of the line and `  -
 * `, as they are in the text that the user edits, unless that has another way to write lines.
 */
static void put_between(struct buf *buf, const struct document *document, const struct node *node)
{
	struct pos pos = document_pos(document, node);
	const struct text *text = pos.text;
	size_t at = pos.offset;
	size_t start;
	size_t dash;

	if (text_is_quoted(text, at)) {
		text = document->text;
		at = node->offset;
	}
	for (start = at; start > 0 && text->data[start - 1] != '\n'; start--)
		;
	for (dash = start; ascii_is_space(text->data[dash]); dash++)
		;
	if (text->data[dash] != '-' || dash + 1 + strspn(text->data + dash + 1, " \t") != at) {
		buf_puts(buf, ", ");
		return;
	}
	if (text->data[at + strcspn(text->data + at, "\r\n")] == '\r')
		buf_putc(buf, '\r');
	buf_putc(buf, '\n');
	buf_add(buf, text->data + start, at - start);
}

int config_suggest_items(const struct document *document, const struct node *node, bool list,
			 char **suggestion)
{
	const struct node *resolved = document_resolve(document, node);
	struct buf buf = BUF_INIT;
	char text[PREFIX_TEXT_MAX];
	struct prefix prefix;
	size_t at = 0;

	*suggestion = NULL;
	if (!is_covered(document, node))
		return 0;
	if (list)
		buf_putc(&buf, '[');
	for (bool first = true; prefix_next(resolved->value, resolved->value_len, &at, &prefix);
	     first = false) {
		const char *quote;

		prefix_format(&prefix, text);
		if (text[0] == ':' || (list && document->json))
			quote = "\"";
		else
			quote = list ? "" : quote_for(document, node, text);
		if (!first && list)
			buf_puts(&buf, ", ");
		else if (!first)
			put_between(&buf, document, node);
		buf_printf(&buf, "%s%s%s", quote, text, quote);
	}
	if (list)
		buf_putc(&buf, ']');
	return buf_steal(&buf, suggestion, NULL);
}
