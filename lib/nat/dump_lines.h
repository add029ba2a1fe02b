/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a dump: where it ends, when what people paste is not as programs print it. */
#ifndef LIBIPMASQ_NAT_DUMP_LINES_H
#define LIBIPMASQ_NAT_DUMP_LINES_H

#include "nat/dump.h"

enum dump_line {
	/* The dump goes on with it. */
	DUMP_LINE_OURS,
	/* The dump ends after it. */
	DUMP_LINE_LAST,
	/* The dump ended before it. */
	DUMP_LINE_OTHER,
	/* Empty, or it does not belong there: it is within the dump if the dump goes on soon. */
	DUMP_LINE_STRANGE,
};

/* Tells what one line is. Lines come without blanks around them and without their end. */
typedef enum dump_line dump_line_fn(void *context, const char *line, size_t len);

/* The length of the dump at the start of @text: at least its first line. */
size_t dump_lines_length(const char *text, size_t size, dump_line_fn *tell, void *context);

/* nat_dump_line() without blanks around the line. */
bool dump_lines_next(const char *text, size_t end, size_t *at, const char **line, size_t *len);

/* Whether a line begins with a word and a blank, or is that word. */
bool dump_line_has_word(const char *line, size_t len, const char *word);

/* The next word of a line, from *@at on, which moves behind it. False: there is none; @word is
 * empty then. */
bool dump_line_next_word(const char *line, size_t len, size_t *at, const char **word,
			 size_t *word_len);

/* The word after the first @words words of a line. False: it has none; @word is empty then. */
bool dump_line_word(const char *line, size_t len, size_t words, const char **word,
		    size_t *word_len);

#endif
