/* SPDX-License-Identifier: Apache-2.0 */
/* Splits the output of iptables-save into lines. */
#include "node/lines.h"

static int hand_over(struct lines *l)
{
	size_t len = l->len;
	bool cut = l->cut;

	l->text[len] = '\0';
	l->len = 0;
	l->quoted = false;
	l->escaped = false;
	l->cut = false;
	l->before = '\0';
	return l->line(l->context, l->text, len, cut);
}

/*
 * A comment may hold a newline, which iptables-save (at least up to 1.8.9) prints as it is, within
 * quotes; what follows it could look like a rule. Only rules have quoted words, and only after a
 * blank: a quote within the name of a chain means nothing.
 */
static void follow_quotes(struct lines *l, char c)
{
	if (!l->quoted)
		l->quoted = c == '"' && l->before == ' ' && l->text[0] == '-';
	else if (l->escaped)
		l->escaped = false;
	else if (c == '\\')
		l->escaped = true;
	else if (c == '"')
		l->quoted = false;
}

int lines_feed(struct lines *l, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n' && !l->quoted) {
			int r = hand_over(l);

			if (r < 0)
				return r;
			continue;
		}
		follow_quotes(l, data[i]);
		l->before = data[i];
		if (l->len < LINE_BYTES_MAX - 1)
			l->text[l->len++] = data[i];
		else
			l->cut = true;
	}
	return 0;
}

int lines_end(struct lines *l)
{
	return l->len > 0 ? hand_over(l) : 0;
}
