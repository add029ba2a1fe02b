/* SPDX-License-Identifier: Apache-2.0 */
/* Where a dump ends. */
#include "nat/dump_lines.h"

#include <string.h>

#include "util/ascii.h"

/* How many strange lines in a row may be within a dump: lines that a terminal broke, or messages of
 * programs. */
#define STRANGE_MAX 8

bool dump_lines_next(const char *text, size_t end, size_t *at, const char **line, size_t *len)
{
	if (!nat_dump_line(text, end, at, line, len))
		return false;
	while (*len > 0 && ascii_is_blank(**line)) {
		++*line;
		--*len;
	}
	while (*len > 0 && ascii_is_blank((*line)[*len - 1]))
		--*len;
	return true;
}

size_t dump_lines_length(const char *text, size_t size, dump_line_fn *tell, void *context)
{
	size_t strange = 0;
	size_t at = 0;
	size_t end = 0;
	const char *line;
	size_t len;

	while (strange <= STRANGE_MAX && dump_lines_next(text, size, &at, &line, &len)) {
		enum dump_line told = tell(context, line, len);

		if (told == DUMP_LINE_OTHER && end > 0)
			break;
		if (told == DUMP_LINE_STRANGE && end > 0) {
			strange++;
			continue;
		}
		strange = 0;
		end = at;
		if (told == DUMP_LINE_LAST)
			break;
	}
	return end;
}

bool dump_line_has_word(const char *line, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	return len >= word_len && memcmp(line, word, word_len) == 0 &&
	       (len == word_len || ascii_is_space(line[word_len]));
}

bool dump_line_next_word(const char *line, size_t len, size_t *at, const char **word,
			 size_t *word_len)
{
	while (*at < len && ascii_is_space(line[*at]))
		++*at;
	*word = line + *at;
	while (*at < len && !ascii_is_space(line[*at]))
		++*at;
	*word_len = (size_t)(line + *at - *word);
	return *word_len > 0;
}

bool dump_line_word(const char *line, size_t len, size_t words, const char **word, size_t *word_len)
{
	size_t at = 0;
	bool found;

	do
		found = dump_line_next_word(line, len, &at, word, word_len);
	while (found && words-- > 0);
	return found;
}
