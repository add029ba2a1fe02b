/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds out where each byte of a scalar's value stands in the file.
 *
 * libyaml gives a scalar's value and its start, and nothing in between. So the value is followed
 * through the file byte by byte, past what YAML leaves out (indentation, folded line ends) and
 * writes differently (escapes). Each byte is compared: after a mistake here places are less exact,
 * and never wrong.
 */
#include "config/manifest_extract.h"

#include <string.h>

#include "util/cursor.h"
#include "util/text_map.h"
#include "util/utf8.h"

/* Bounds the time for counting the characters of a piece. */
#define PIECE_SIZE_MAX 256

struct aligner {
	struct text_map *map;
	const struct node *scalar;
	const char *value;
	size_t size;
	/* How many bytes of the value have their place. */
	size_t done;
	/* How far the file is read. */
	struct cursor at;
	/* Where the content that was read ends. */
	struct cursor end;
	/* The start of the piece that still grows, in the file; SIZE_MAX: none does. */
	size_t open;
	/* Before this offset of the file, there is no line end that follows a blank. */
	size_t blanks;
	/* The rest of the value cannot be followed. */
	bool lost;
	int error;
};

static const char *here(const struct aligner *aligner)
{
	return aligner->at.text->data + aligner->at.offset;
}

static bool at_end(const struct aligner *aligner)
{
	return aligner->at.offset >= aligner->at.text->size;
}

static bool is_break(char c)
{
	return c == '\n' || c == '\r';
}

static void add_piece(struct aligner *aligner, const struct cursor *place, uint32_t width)
{
	struct text_piece piece = {
		.inner = (uint32_t)aligner->done,
		.outer = (uint32_t)place->offset,
		.line = place->line,
		.column = place->column,
		.width = width,
	};

	aligner->open = SIZE_MAX;
	if (!aligner->error)
		aligner->error = text_map_add(aligner->map, &piece);
}

/* Adds a piece for bytes of the value that are written differently: from @place to the cursor. */
static void stand_for(struct aligner *aligner, const struct cursor *place, size_t bytes)
{
	uint32_t width = 1;

	if (place->line == aligner->at.line && place->column < aligner->at.column)
		width = aligner->at.column - place->column;
	add_piece(aligner, place, width);
	aligner->done += bytes;
}

/* Gives the rest of the value the place of the scalar's start. */
static void give_up(struct aligner *aligner)
{
	const struct node *scalar = aligner->scalar;
	struct cursor place = {
		.offset = scalar->offset,
		.line = scalar->line,
		.column = scalar->column,
	};

	add_piece(aligner, &place, 1);
	aligner->done = aligner->size;
	aligner->lost = true;
}

/* Follows bytes that are the same in the value and in the file. */
static void take_bytes(struct aligner *aligner, size_t bytes)
{
	size_t until = aligner->at.offset + bytes;

	if (aligner->size - aligner->done < bytes ||
	    memcmp(here(aligner), aligner->value + aligner->done, bytes) != 0) {
		give_up(aligner);
		return;
	}
	while (aligner->at.offset < until) {
		size_t before = aligner->at.offset;

		if (aligner->open == SIZE_MAX || before - aligner->open >= PIECE_SIZE_MAX) {
			add_piece(aligner, &aligner->at, 0);
			aligner->open = before;
		}
		cursor_step(&aligner->at);
		aligner->done += aligner->at.offset - before;
	}
	aligner->end = aligner->at;
}

static void skip_break(struct aligner *aligner)
{
	uint32_t line = aligner->at.line;

	while (!at_end(aligner) && aligner->at.line == line)
		cursor_step(&aligner->at);
	aligner->open = SIZE_MAX;
}

/* The indentation of the first line that is not blank. */
static size_t first_indent(const char *text, size_t size, bool *found)
{
	size_t blanks = 0;
	size_t i;

	for (i = 0; i < size && (text[i] == ' ' || is_break(text[i])); i++)
		blanks = text[i] == ' ' ? blanks + 1 : 0;
	*found = i < size;
	return blanks;
}

/* The indentation of a block scalar; false: all its lines are blank. */
static bool find_indent(const struct aligner *aligner, size_t *indent)
{
	bool found_inner;
	bool found_outer;
	size_t inner = first_indent(aligner->value, aligner->size, &found_inner);
	size_t outer = first_indent(here(aligner), aligner->at.text->size - aligner->at.offset,
				    &found_outer);

	*indent = outer - inner;
	return found_inner && found_outer && outer >= inner;
}

static void skip_indent(struct aligner *aligner, size_t indent)
{
	for (; indent > 0 && *here(aligner) == ' '; indent--)
		cursor_step(&aligner->at);
}

static size_t line_length(const struct aligner *aligner)
{
	return strcspn(here(aligner), "\r\n");
}

static void align_literal(struct aligner *aligner, size_t indent)
{
	while (aligner->done < aligner->size) {
		skip_indent(aligner, indent);
		take_bytes(aligner, line_length(aligner));
		if (aligner->done == aligner->size)
			break;
		if (aligner->value[aligner->done] != '\n' || at_end(aligner)) {
			give_up(aligner);
			break;
		}
		if (aligner->open == SIZE_MAX)
			add_piece(aligner, &aligner->at, 0);
		aligner->end = aligner->at;
		aligner->done++;
		skip_break(aligner);
	}
}

static size_t count_breaks(const struct aligner *aligner)
{
	size_t count = 0;

	while (aligner->done + count < aligner->size &&
	       aligner->value[aligner->done + count] == '\n')
		count++;
	return count;
}

/* Two lines of a folded scalar are joined by a blank. Around lines that are blank or further
 * indented the line ends stay. */
static void align_folded(struct aligner *aligner, size_t indent)
{
	while (aligner->done < aligner->size) {
		size_t between = count_breaks(aligner);

		if (between > 0 && aligner->done + between == aligner->size) {
			stand_for(aligner, &aligner->end, between);
			break;
		}
		skip_indent(aligner, indent);
		if (at_end(aligner)) {
			give_up(aligner);
			break;
		}
		if (line_length(aligner) > 0) {
			if (between == 0 && aligner->done > 0 && *here(aligner) != ' ')
				between = aligner->value[aligner->done] == ' ';
			if (between > 0)
				stand_for(aligner, &aligner->end, between);
			take_bytes(aligner, line_length(aligner));
		}
		if (!aligner->lost)
			skip_break(aligner);
	}
}

static void align_block(struct aligner *aligner, bool folded)
{
	size_t indent;

	/* The header, such as `|2-  # a comment`. */
	skip_break(aligner);
	if (!find_indent(aligner, &indent))
		give_up(aligner);
	else if (folded)
		align_folded(aligner, indent);
	else
		align_literal(aligner, indent);
}

/* Two lines of a flow scalar are joined by a blank, by nothing where the line end is escaped, or by
 * as many line ends as there are blank lines between them. */
static void align_fold(struct aligner *aligner, bool escaped)
{
	struct cursor place = aligner->at;
	size_t lines = 0;
	size_t bytes;

	while (!at_end(aligner) && strchr(" \t\r\n", *here(aligner))) {
		uint32_t line = aligner->at.line;

		cursor_step(&aligner->at);
		lines += aligner->at.line != line;
	}
	bytes = escaped || lines > 1 ? lines - 1 : 1;
	aligner->open = SIZE_MAX;
	if (bytes > aligner->size - aligner->done ||
	    strspn(aligner->value + aligner->done, escaped || lines > 1 ? "\n" : " ") < bytes)
		give_up(aligner);
	else if (bytes > 0)
		stand_for(aligner, &place, bytes);
}

/* Follows an escape, which stands for one character. */
static void align_escape(struct aligner *aligner)
{
	struct cursor place = aligner->at;
	const char *p = here(aligner);
	size_t length = text_escape_length(p);
	size_t bytes = utf8_length(aligner->value[aligner->done]);

	if (is_break(p[1])) {
		cursor_step(&aligner->at);
		align_fold(aligner, true);
		return;
	}
	/* A character beyond U+FFFF takes two escapes in JSON. */
	if (p[1] == 'u' && bytes == 4)
		length = 12;
	if (bytes > aligner->size - aligner->done) {
		give_up(aligner);
		return;
	}
	cursor_to_offset(&aligner->at, place.offset + length);
	aligner->end = aligner->at;
	stand_for(aligner, &place, bytes);
}

/* Whether nothing but blanks follows in the line. */
static bool ends_line(struct aligner *aligner)
{
	size_t blanks;

	if (aligner->at.offset < aligner->blanks)
		return false;
	blanks = strspn(here(aligner), " \t");
	aligner->blanks = aligner->at.offset + blanks;
	return is_break(here(aligner)[blanks]);
}

/* @quote: the double or single quote; NUL for a plain scalar. */
static void align_flow(struct aligner *aligner, char quote)
{
	if (quote)
		cursor_step(&aligner->at);
	while (aligner->done < aligner->size) {
		struct cursor place = aligner->at;
		char c = *here(aligner);

		if (at_end(aligner)) {
			give_up(aligner);
		} else if (ends_line(aligner)) {
			align_fold(aligner, false);
		} else if (quote == '"' && c == '\\') {
			align_escape(aligner);
		} else if (quote == '\'' && c == '\'') {
			cursor_to_offset(&aligner->at, place.offset + 2);
			stand_for(aligner, &place, 1);
		} else {
			take_bytes(aligner, utf8_length(c));
		}
	}
}

/* What may be written in place of bytes of the scalar; false: anything. */
static bool find_quoting(const struct aligner *aligner, char first, enum text_quoting *quoting)
{
	*quoting = aligner->lost ? TEXT_FIXED : TEXT_FOLDED;
	if (aligner->lost || !text_map_is_one_line(aligner->map))
		return first != '|' || aligner->lost;
	if (first == '"')
		*quoting = TEXT_DOUBLE_QUOTED;
	else if (first == '\'' && text_map_is_verbatim(aligner->map))
		*quoting = TEXT_SINGLE_QUOTED;
	return first != '|';
}

static int align_scalar(struct aligner *aligner, struct text *outer)
{
	char first = *here(aligner);
	enum text_quoting quoting;

	if (first == '|' || first == '>')
		align_block(aligner, first == '>');
	else
		align_flow(aligner, first == '"' || first == '\'' ? first : '\0');
	if (!aligner->error && find_quoting(aligner, first, &quoting))
		aligner->error = text_note_quoted(outer, aligner->scalar->offset,
						  aligner->at.offset + 1, quoting);
	/* A finding at the end of the value is shown after its last character. */
	aligner->at = aligner->end;
	if (!aligner->lost)
		add_piece(aligner, &aligner->end, 1);
	return aligner->error;
}

int manifest_extract(struct text *outer, const struct node *scalar, struct text **inner)
{
	struct aligner aligner = {
		.scalar = scalar,
		.value = scalar->value,
		.size = scalar->value_len,
		.open = SIZE_MAX,
	};
	struct text *made;
	int r;

	aligner.at = (struct cursor){
		.text = outer,
		.offset = scalar->offset,
		.line = scalar->line,
		.column = scalar->column,
	};
	aligner.end = aligner.at;
	r = text_new(outer->name, scalar->value_len, &made);
	if (r < 0)
		return r;
	memcpy(made->data, scalar->value, scalar->value_len);
	r = text_map_new(outer, &made->map);
	aligner.map = made->map;
	if (r == 0)
		r = align_scalar(&aligner, outer);
	if (r < 0) {
		text_unref(made);
		return r;
	}
	*inner = made;
	return 0;
}

int manifest_slice(struct text *whole, size_t from, size_t to, struct text **slice)
{
	struct cursor at = cursor_start(whole);
	struct text *made;
	int r = text_new(whole->name, to - from, &made);

	if (r < 0)
		return r;
	memcpy(made->data, whole->data + from, to - from);
	r = text_map_new(whole, &made->map);
	cursor_to_offset(&at, from);
	while (r == 0 && at.offset < to) {
		struct text_piece piece = {
			.inner = (uint32_t)(at.offset - from),
			.outer = (uint32_t)at.offset,
			.line = at.line,
			.column = at.column,
		};
		size_t end = at.offset + PIECE_SIZE_MAX < to ? at.offset + PIECE_SIZE_MAX : to;

		r = text_map_add(made->map, &piece);
		while (at.offset < end && at.line == piece.line)
			cursor_step(&at);
	}
	if (r == 0) {
		struct text_piece end = {
			.inner = (uint32_t)(to - from),
			.outer = (uint32_t)at.offset,
			.line = at.line,
			.column = at.column,
			.width = 1,
		};

		r = text_map_add(made->map, &end);
	}
	if (r < 0)
		text_unref(made);
	else
		*slice = made;
	return r;
}
