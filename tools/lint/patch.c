/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the edits of a text as a unified diff. */
#include "lint/patch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/uri.h"

#define CONTEXT 3

/* Consecutive whole lines. */
struct lines {
	/* In bytes. */
	size_t start;
	size_t end;
	/* The number of the first line, from 0. */
	size_t first;
	size_t count;
};

struct change {
	struct lines old;
	struct lines new;
};

struct changes {
	struct change *all;
	size_t count;
	size_t capacity;
};

/* Only LF ends a line, as in patch(1). */
static size_t line_end(const char *text, size_t size, size_t at)
{
	const char *end = at < size ? memchr(text + at, '\n', size - at) : NULL;

	return end ? (size_t)(end - text) + 1 : size;
}

static struct change *changes_grow(struct changes *changes)
{
	if (changes->count == changes->capacity) {
		changes->capacity = changes->capacity ? 2 * changes->capacity : 16;
		changes->all = realloc(changes->all, changes->capacity * sizeof(*changes->all));
		if (!changes->all)
			cli_die(-ENOMEM, "cannot write a diff");
	}
	return &changes->all[changes->count++];
}

/* Adds the next line. */
static void add_line(struct lines *lines, const char *text, size_t size)
{
	lines->end = line_end(text, size, lines->end);
	lines->count++;
}

/*
 * Whether the line of the new text was a whole line of the old one. If so, @before gets its offset
 * there. @run is the first run that may hold the line.
 */
static bool is_old_line(const struct fixed_text *fixed, size_t *run, size_t start, size_t end,
			size_t *before)
{
	const struct text_version *now = &fixed->now;
	const struct kept_run *kept;

	while (*run < now->kept_count && now->kept[*run].now + now->kept[*run].length <= start)
		(*run)++;
	if (*run == now->kept_count)
		return false;
	kept = &now->kept[*run];
	if (start < kept->now || end > kept->now + kept->length)
		return false;
	*before = kept->before + (start - kept->now);
	return (*before == 0 || fixed->before[*before - 1] == '\n') &&
	       line_end(fixed->before, fixed->before_size, *before) == *before + (end - start);
}

/* Counts the old lines up to @until as removed, and adds the change if there is one. */
static void add_change(struct changes *changes, const struct fixed_text *fixed, struct lines *old,
		       struct lines *new, size_t until)
{
	while (old->end < until)
		add_line(old, fixed->before, fixed->before_size);
	if (old->count > 0 || new->count > 0)
		*changes_grow(changes) = (struct change){ *old, *new };
	*old = (struct lines){ old->end, old->end, old->first + old->count, 0 };
	*new = (struct lines){ new->end, new->end, new->first + new->count, 0 };
}

static void find_changes(const struct fixed_text *fixed, struct changes *changes)
{
	const struct text_version *now = &fixed->now;
	struct lines old = { 0 };
	struct lines new = { 0 };
	size_t run = 0;
	size_t before;

	while (new.end < now->size) {
		size_t end = line_end(now->data, now->size, new.end);

		if (!is_old_line(fixed, &run, new.end, end, &before)) {
			add_line(&new, now->data, now->size);
			continue;
		}
		add_change(changes, fixed, &old, &new, before);
		old.start = old.end = before + (end - new.end);
		old.first++;
		new.start = new.end = end;
		new.first++;
	}
	add_change(changes, fixed, &old, &new, fixed->before_size);
}

static void print_lines(FILE *stream, char mark, const char *text, size_t start, size_t end)
{
	while (start < end) {
		size_t next = line_end(text, end, start);

		putc(mark, stream);
		fwrite(text + start, 1, next - start, stream);
		if (text[next - 1] != '\n')
			fputs("\n\\ No newline at end of file\n", stream);
		start = next;
	}
}

/* Moves @at back by up to @count lines. Returns the number of lines. */
static size_t go_back(const char *text, size_t *at, size_t count)
{
	size_t done = 0;

	for (; done<count && * at> 0; done++)
		do
			(*at)--;
		while (*at > 0 && text[*at - 1] != '\n');
	return done;
}

/* A range in the head of a hunk. An empty range is named by the line before it. */
static void print_range(FILE *stream, char mark, size_t first, size_t count)
{
	fprintf(stream, "%c%zu,%zu ", mark, count ? first + 1 : first, count);
}

/* One hunk: changes that are close together, with the lines around them. */
static void print_hunk(const struct fixed_text *fixed, const struct change *changes, size_t count,
		       FILE *stream)
{
	const struct change *first = &changes[0];
	const struct change *last = &changes[count - 1];
	size_t start = first->old.start;
	size_t end = last->old.end;
	size_t before = go_back(fixed->before, &start, CONTEXT);
	size_t after = 0;
	size_t lines;

	for (; after < CONTEXT && end < fixed->before_size; after++)
		end = line_end(fixed->before, fixed->before_size, end);
	fputs("@@ ", stream);
	lines = last->old.first + last->old.count - first->old.first + before + after;
	print_range(stream, '-', first->old.first - before, lines);
	lines = last->new.first + last->new.count - first->new.first + before + after;
	print_range(stream, '+', first->new.first - before, lines);
	fputs("@@\n", stream);
	for (size_t i = 0; i < count; i++) {
		const struct change *change = &changes[i];

		print_lines(stream, ' ', fixed->before, start, change->old.start);
		print_lines(stream, '-', fixed->before, change->old.start, change->old.end);
		print_lines(stream, '+', fixed->now.data, change->new.start, change->new.end);
		start = change->old.end;
	}
	print_lines(stream, ' ', fixed->before, start, end);
}

/* Names as git writes them: quoted if necessary, followed by a tab if they contain blanks. */
static void print_name(const char *mark, char side, const char *path, FILE *stream)
{
	bool blank = strchr(path, ' ') != NULL;
	bool quoted = strpbrk(path, "\"\\") != NULL;

	for (const char *c = path; *c; c++)
		quoted |= (unsigned char)*c < 0x20 || *c == 0x7f;
	fprintf(stream, "%s %s%c%s", mark, quoted ? "\"" : "", side, path[0] == '/' ? "" : "/");
	for (; *path; path++) {
		if ((unsigned char)*path < 0x20 || *path == 0x7f)
			fprintf(stream, "\\%03o", (unsigned int)(unsigned char)*path);
		else if (*path == '"' || *path == '\\')
			fprintf(stream, "\\%c", *path);
		else
			putc(*path, stream);
	}
	fprintf(stream, "%s\n", quoted ? "\"" : blank ? "\t" : "");
}

void patch_write(const struct fixed_text *fixed, const char *path, FILE *stream)
{
	struct changes changes = { 0 };
	char *name = uri_path(path);
	size_t next;

	find_changes(fixed, &changes);
	if (changes.count > 0) {
		print_name("---", 'a', name, stream);
		print_name("+++", 'b', name, stream);
	}
	for (size_t i = 0; i < changes.count; i = next) {
		next = i + 1;
		while (next < changes.count &&
		       changes.all[next].old.first - (changes.all[next - 1].old.first +
						      changes.all[next - 1].old.count) <=
			       2 * CONTEXT)
			next++;
		print_hunk(fixed, changes.all + i, next - i, stream);
	}
	free(changes.all);
	free(name);
}
