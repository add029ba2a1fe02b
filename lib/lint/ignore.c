/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comments in the files that leave findings out: `# ipmasq-lint: ignore=CODE[,CODE...] REASON` on
 * the line of the finding, or alone on the line above it. They are found in the bytes of the lines,
 * and so in the values of a manifest too.
 *
 * Errors stay: a file that is rejected must not look right.
 */
#include <stdlib.h>
#include <string.h>

#include "util/ascii.h"
#include "util/common.h"
#include "util/cursor.h"
#include "util/diag.h"

#define MARK   "ipmasq-lint:"
#define IGNORE "ignore="
#define USAGE  "write # ipmasq-lint: ignore=CODE and the reason"

/* One code of a comment. */
struct ignore {
	/* Of the code. */
	struct pos pos;
	const struct ipmasq_check *check;
	/* The line whose findings are left out. */
	uint32_t line;
	bool used;
	/* There is such a finding, but it is an error. */
	bool error;
};

struct ignores {
	struct ipmasq_diags *diags;
	struct ignore *ignores;
	size_t count;
	size_t capacity;
};

static bool ends_line(char c)
{
	return c == '\n' || c == '\r' || c == '\0';
}

/* The beginning of the comment that the mark at @at opens, or NULL. @alone: it begins the line. */
static const char *comment_start(const struct text *text, const char *at, bool *alone)
{
	const char *start;

	while (at > text->data && ascii_is_space(at[-1]))
		at--;
	if (at == text->data || at[-1] != '#')
		return NULL;
	start = --at;
	if (start > text->data && !ascii_is_space(start[-1]) && !ends_line(start[-1]))
		return NULL;
	while (at > text->data && ascii_is_space(at[-1]))
		at--;
	*alone = at == text->data || ends_line(at[-1]);
	return start;
}

/* The number of the next line that is not a comment. */
static uint32_t line_below(const char *at, uint32_t line)
{
	for (;;) {
		while (!ends_line(*at))
			at++;
		if (*at == '\0')
			return line + 1;
		at += at[0] == '\r' && at[1] == '\n' ? 2 : 1;
		line++;
		while (ascii_is_space(*at))
			at++;
		if (*at != '#')
			return line;
	}
}

static struct pos stretch_pos(struct cursor *cursor, const char *from, size_t len)
{
	struct cursor end;

	cursor_to_offset(cursor, (size_t)(from - cursor->text->data));
	end = *cursor;
	cursor_to_offset(&end, end.offset + len);
	return cursor_pos(cursor, &end);
}

static int report_bad(struct ignores *ignores, const struct pos *pos, const char *code)
{
	if (!code)
		return diag_add(ignores->diags, IPMASQ_WARNING, "bad-ignore", pos, NULL,
				"this comment is not understood; " USAGE);
	return diag_add(ignores->diags, IPMASQ_WARNING, "bad-ignore", pos, NULL,
			"there is no finding \"%s\": ipmasq-lint --list-checks names them", code);
}

static int add_ignore(struct ignores *ignores, struct cursor *cursor, const char *from, size_t len,
		      uint32_t line)
{
	struct ignore ignore = { .line = line, .pos = stretch_pos(cursor, from, len) };
	char code[64] = "";
	int r;

	if (len < sizeof(code))
		memcpy(code, from, len);
	code[len < sizeof(code) ? len : 0] = '\0';
	ignore.check = ipmasq_check_find(code);
	if (!ignore.check)
		return report_bad(ignores, &ignore.pos, len > 0 && code[0] ? code : NULL);
	r = array_grow(&ignores->ignores, &ignores->capacity, ignores->count, sizeof(ignore));
	if (r == 0)
		ignores->ignores[ignores->count++] = ignore;
	return r;
}

/* The length of a code, which is made of these characters. */
static size_t code_length(const char *from)
{
	return strspn(from, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

static int read_comment(struct ignores *ignores, struct cursor *cursor, const char *start,
			const char *at, bool alone)
{
	uint32_t line;
	struct pos pos;
	size_t len;
	int r = 0;

	while (ascii_is_space(*at))
		at++;
	pos = stretch_pos(cursor, start, strcspn(start, "\r\n"));
	line = alone ? line_below(at, pos.line) : pos.line;
	if (strncmp(at, IGNORE, strlen(IGNORE)) != 0)
		return report_bad(ignores, &pos, NULL);
	at += strlen(IGNORE);
	for (;; at += len + 1) {
		len = code_length(at);
		if (len == 0 || (at[len] != ',' && !ascii_is_space(at[len]) && !ends_line(at[len])))
			return report_bad(ignores, &pos, NULL);
		r = add_ignore(ignores, cursor, at, len, line);
		if (r < 0 || at[len] != ',')
			return r;
	}
}

static int read_text(struct ignores *ignores, const struct text *text)
{
	struct cursor cursor = cursor_start(text);
	const char *at = text->data;
	const char *end = text->data + text->size;
	int r = 0;

	/* JSON has no comments. */
	if (text->data[strspn(text->data, " \t\r\n")] == '{')
		return 0;
	while (r == 0 && (at = memmem(at, (size_t)(end - at), MARK, strlen(MARK)))) {
		bool alone;
		const char *start = comment_start(text, at, &alone);

		at += strlen(MARK);
		if (start)
			r = read_comment(ignores, &cursor, start, at, alone);
	}
	return r;
}

static int compare_places(const struct pos *a, uint32_t a_line, const struct pos *b,
			  uint32_t b_line)
{
	int order = a->text == b->text ? 0 : strcmp(a->text->name, b->text->name);

	if (order != 0)
		return order;
	return a_line < b_line ? -1 : a_line > b_line;
}

static int compare_ignores(const void *a, const void *b)
{
	const struct ignore *left = a;
	const struct ignore *right = b;
	int order = compare_places(&left->pos, left->line, &right->pos, right->line);

	if (order != 0)
		return order;
	return left->pos.offset < right->pos.offset ? -1 : left->pos.offset > right->pos.offset;
}

/* Whether a finding is to be left out. Marks the ignores that name it as used. */
static bool is_ignored(const struct diag *diag, void *arg)
{
	const struct ignores *ignores = arg;
	const struct pos *pos = &diag->pos;
	bool error = diag->severity == IPMASQ_ERROR;
	bool found = false;
	size_t low = 0;
	size_t high = ignores->count;

	if (!pos->text || !pos->line)
		return false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct ignore *ignore = &ignores->ignores[middle];

		if (compare_places(&ignore->pos, ignore->line, pos, pos->line) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < ignores->count; low++) {
		struct ignore *ignore = &ignores->ignores[low];

		if (compare_places(&ignore->pos, ignore->line, pos, pos->line) != 0)
			break;
		if (strcmp(ignore->check->code, diag->code) != 0)
			continue;
		ignore->used |= !error;
		ignore->error |= error;
		found |= !error;
	}
	return found;
}

static int report_unused(const struct ignores *ignores)
{
	int r = 0;

	/* A comment may have been for a finding that was not kept. */
	if (ipmasq_diags_dropped(ignores->diags) > 0)
		return 0;
	for (size_t i = 0; i < ignores->count && r == 0; i++) {
		const struct ignore *ignore = &ignores->ignores[i];

		if (!ignore->used)
			r = diag_add(ignores->diags, IPMASQ_NOTE, "unused-ignore", &ignore->pos,
				     NULL,
				     ignore->error
					     ? "%s is an error here, and errors are not left out"
					     : "there is no finding %s to leave out",
				     ignore->check->code);
	}
	return r;
}

IPMASQ_EXPORT int ipmasq_diags_settle(struct ipmasq_diags *diags)
{
	struct ignores ignores = { .diags = diags };
	const struct text *text;
	int r = 0;

	if (!diags)
		return -EINVAL;
	for (size_t i = 0; r == 0 && (text = diag_text(diags, i)); i++)
		r = read_text(&ignores, text);
	if (r == 0 && ignores.count > 0) {
		array_sort(ignores.ignores, ignores.count, sizeof(*ignores.ignores),
			   compare_ignores);
		diag_filter(diags, is_ignored, &ignores);
		r = report_unused(&ignores);
	}
	if (r == 0)
		r = diag_sort(diags);
	free(ignores.ignores);
	return r;
}
