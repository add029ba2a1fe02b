/* SPDX-License-Identifier: Apache-2.0 */
/* Makes places, as findings name them, of two cursors. */
#include "util/cursor.h"

#include "util/text_map.h"

struct pos cursor_span(const struct cursor *start, const struct cursor *end)
{
	struct pos pos = {
		.text = start->text,
		.offset = (uint32_t)start->offset,
		.line = start->line,
		.column = start->column,
		.end_column = end->column,
	};
	struct cursor at = *start;

	if (end->line == start->line)
		return pos;
	pos.end_column = start->column;
	while (at.offset < end->offset && at.line == start->line) {
		char c = at.text->data[at.offset];

		cursor_step(&at);
		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			pos.end_column = at.column;
	}
	return pos;
}

struct pos cursor_pos(const struct cursor *start, const struct cursor *end)
{
	return text_map_pos(cursor_span(start, end));
}
