/* SPDX-License-Identifier: Apache-2.0 */
/* Writes findings for people. */
#include <string.h>

#include "util/diag.h"
#include "util/show.h"
#include "util/utf8.h"

/* How much of a line is shown before and after the place: files can be one long line. */
#define EXCERPT_BEFORE 80
#define EXCERPT_AFTER  80

IPMASQ_EXPORT const char *ipmasq_severity_name(enum ipmasq_severity severity)
{
	static const char *const names[] = {
		[IPMASQ_NOTE] = "note",
		[IPMASQ_WARNING] = "warning",
		[IPMASQ_ERROR] = "error",
	};

	return NAME_OF(names, severity);
}

static bool ends_line(char byte)
{
	return byte == '\n' || byte == '\r';
}

/* Writes the line of a place, cut where it is long, and a line that marks the place. */
static void put_excerpt(struct buf *buf, const struct pos *pos, const char *green,
			const char *plain)
{
	const char *data = pos->text->data;
	size_t size = pos->text->size;
	size_t place = pos->offset < size ? pos->offset : size;
	size_t begin = place;
	size_t end = place;
	uint32_t width = pos->end_column > pos->column ? pos->end_column - pos->column : 1;

	while (begin > 0 && !ends_line(data[begin - 1]) && place - begin < EXCERPT_BEFORE)
		begin--;
	while (begin < place && !utf8_starts_character(data[begin]))
		begin++;
	while (end < size && !ends_line(data[end]) && end - place < EXCERPT_AFTER)
		end++;
	while (end > place && end < size && !utf8_starts_character(data[end]))
		end--;

	buf_puts(buf, "  ");
	show_line(buf, data + begin, end - begin);
	buf_puts(buf, "\n  ");
	for (size_t i = begin; i < place; i++)
		if (utf8_starts_character(data[i]))
			buf_putc(buf, data[i] == '\t' ? '\t' : ' ');
	buf_puts(buf, green);
	buf_putc(buf, '^');
	for (size_t i = place + 1; i < end && width > 1; i++) {
		if (!utf8_starts_character(data[i]))
			continue;
		buf_putc(buf, '~');
		width--;
	}
	buf_puts(buf, plain);
	buf_putc(buf, '\n');
}

static const char *severity_colour(enum ipmasq_severity severity)
{
	switch (severity) {
	case IPMASQ_NOTE:
		return "\033[1;36m";
	case IPMASQ_WARNING:
		return "\033[1;35m";
	case IPMASQ_ERROR:
		break;
	}
	return "\033[1;31m";
}

/* Several lines are shown as whole lines, of which the first begins before the place. */
static void put_suggestion(struct buf *buf, const struct diag *diag)
{
	const struct text *text = diag->pos.text;
	const char *line = diag->suggestion;
	size_t start = diag->pos.offset;

	buf_puts(buf, "  write instead:");
	if (!strchr(line, '\n') || !text) {
		buf_putc(buf, ' ');
		show_line(buf, line, strlen(line));
		buf_putc(buf, '\n');
		return;
	}
	buf_puts(buf, "\n  ");
	while (start > 0 && text->data[start - 1] != '\n')
		start--;
	show_line(buf, text->data + start, diag->pos.offset - start);
	while (*line) {
		size_t length = strcspn(line, "\r\n");

		show_line(buf, line, length);
		buf_putc(buf, '\n');
		line += length;
		line += strspn(line, "\r\n");
		if (*line)
			buf_puts(buf, "  ");
	}
}

static void put_finding(struct buf *buf, const struct diag *diag, bool colour)
{
	const char *plain = colour ? "\033[0m" : "";
	const char *strong = colour ? "\033[1m" : "";
	const struct pos *pos = &diag->pos;

	if (pos->text) {
		buf_puts(buf, strong);
		show_line(buf, pos->text->name, strlen(pos->text->name));
		if (pos->line)
			buf_printf(buf, ":%u:%u", pos->line, pos->column);
		buf_puts(buf, ": ");
		buf_puts(buf, plain);
	}
	buf_puts(buf, colour ? severity_colour(diag->severity) : "");
	buf_puts(buf, ipmasq_severity_name(diag->severity));
	buf_puts(buf, ": ");
	buf_puts(buf, plain);
	show_line(buf, diag->message, strlen(diag->message));
	buf_printf(buf, " [%s]\n", diag->code);
	if (pos->text && pos->line)
		put_excerpt(buf, pos, colour ? "\033[1;32m" : "", plain);
	if (diag->suggestion)
		put_suggestion(buf, diag);
}

IPMASQ_EXPORT int ipmasq_diags_format(const struct ipmasq_diags *diags, size_t index, bool colour,
				      char **text)
{
	struct buf buf = BUF_INIT;
	const struct diag *diag;

	if (!diags || !text)
		return -EINVAL;
	if (index != IPMASQ_ALL && !diag_at(diags, index))
		return -ERANGE;
	for (size_t i = 0; (diag = diag_at(diags, i)) != NULL; i++)
		if (index == IPMASQ_ALL || index == i)
			put_finding(&buf, diag, colour);
	return buf_steal(&buf, text, NULL);
}
