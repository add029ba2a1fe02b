/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the bytes to remove when an item is taken out of its list. */
#include "lint/lint_edit.h"

#include "util/ascii.h"

/* Also the end of a line. */
static bool is_blank(char c)
{
	return ascii_is_space(c) || c == '\n' || c == '\r';
}

/* Where an item stands in a text: from its first byte to the one after its last. */
struct span {
	const char *data;
	size_t size;
	size_t from;
	size_t to;
};

/* Finds the bytes of the item. It has more than those with an anchor or tag, or as a block. */
static bool find_span(const struct pos *pos, struct span *span)
{
	if (!pos->text || pos->end_column <= pos->column)
		return false;
	*span = (struct span){ pos->text->data, pos->text->size, pos->offset, pos->offset };
	if (span->from >= span->size)
		return false;
	for (uint32_t width = pos->end_column - pos->column; width > 0; width--) {
		/* A CIDR is ASCII, whichever quotes it has. */
		if (span->to >= span->size || is_blank(span->data[span->to]))
			return false;
		span->to++;
	}
	switch (span->data[span->from]) {
	case '&':
	case '!':
	case '|':
	case '>':
		return false;
	default:
		return true;
	}
}

/* Of `  - ITEM   # comment`, the whole line. */
static bool find_line(const struct span *span, size_t *from, size_t *to)
{
	size_t start = span->from;
	size_t end = span->to;

	while (start > 0 && ascii_is_space(span->data[start - 1]))
		start--;
	if (start == span->from || start == 0 || span->data[start - 1] != '-')
		return false;
	start--;
	while (start > 0 && ascii_is_space(span->data[start - 1]))
		start--;
	if (start > 0 && span->data[start - 1] != '\n')
		return false;
	while (end < span->size && ascii_is_space(span->data[end]))
		end++;
	if (end < span->size && span->data[end] == '#' && end > span->to)
		while (end < span->size && span->data[end] != '\n' && span->data[end] != '\r')
			end++;
	if (end < span->size && span->data[end] == '\r')
		end++;
	if (end < span->size && span->data[end] != '\n')
		return false;
	*from = start;
	*to = end < span->size ? end + 1 : end;
	return true;
}

/* Of `[ITEM, OTHER]`, the item and a comma, which differs for each of several items that go. */
static bool find_with_comma(const struct span *span, bool leads, size_t *from, size_t *to)
{
	size_t start = span->from;
	size_t end = span->to;

	while (start > 0 && is_blank(span->data[start - 1]))
		start--;
	while (end < span->size && is_blank(span->data[end]))
		end++;
	if (start == 0 || end == span->size)
		return false;
	if (leads && span->data[end] == ',') {
		for (end++; end < span->size && ascii_is_space(span->data[end]);)
			end++;
		*from = span->from;
		*to = end;
		/* With an item on a line of its own, the line goes. */
		if (start < span->from && span->data[end] == '\n') {
			while (ascii_is_space(span->data[*from - 1]))
				(*from)--;
			*to += span->data[*from - 1] == '\n';
		}
		return span->data[start - 1] == '[' || span->data[start - 1] == ',';
	}
	*from = start - 1;
	*to = span->to;
	return !leads && span->data[start - 1] == ',' &&
	       (span->data[end] == ',' || span->data[end] == ']');
}

int lint_edit_removal(struct ipmasq_diags *diags, const struct pos *pos, bool leads)
{
	struct span span;
	size_t from, to;

	if (!find_span(pos, &span))
		return 0;
	if (!find_line(&span, &from, &to) && !find_with_comma(&span, leads, &from, &to))
		return 0;
	return diag_edit(diags, from, to - from, "");
}
