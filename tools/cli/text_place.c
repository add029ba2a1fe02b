/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and columns of offsets in the text of a finding's file. */
#include "cli/text_place.h"

#include "cli/utf8.h"

/* LF, CRLF or a lone CR ends a line, as in the places of findings. */
static bool ends_line(const char *text, size_t size, size_t at)
{
	return text[at] == '\n' || (text[at] == '\r' && (at + 1 == size || text[at + 1] != '\n'));
}

/* Counts lines from the finding, which is usually near. */
struct text_place text_place(const struct ipmasq_finding *finding, size_t offset,
			     enum text_unit unit)
{
	const char *text = finding->text;
	size_t size = finding->text_size;
	size_t from = finding->place.line > 0 ? finding->text_offset : 0;
	struct text_place place = { finding->place.line > 0 ? finding->place.line : 1, 1 };

	for (size_t at = from; at < offset; at++)
		place.line += ends_line(text, size, at);
	for (size_t at = offset; at < from; at++)
		place.line -= ends_line(text, size, at);
	for (size_t at = offset; at > 0 && !ends_line(text, size, at - 1); at--)
		place.column += unit == TEXT_BYTES || utf8_starts_character(text[at - 1]);
	return place;
}

size_t text_finding_end(const struct ipmasq_finding *finding)
{
	unsigned int width = finding->place.end_column - finding->place.column;
	size_t end = finding->text_offset;

	for (; width > 0 && end < finding->text_size; width--)
		do
			end++;
		while (end < finding->text_size && !utf8_starts_character(finding->text[end]));
	return end;
}
