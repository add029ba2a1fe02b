/* SPDX-License-Identifier: Apache-2.0 */
/* Splitting the output of iptables-save into lines, in whatever pieces it comes. */
#include <errno.h>
#include <string.h>

#include "node/lines.h"
#include "support/unit.h"

struct seen {
	size_t count;
	/* The lines, joined with "|"; of one that was cut, its length. */
	char text[256];
};

static int note_line(void *context, const char *text, size_t len, bool cut)
{
	struct seen *seen = context;
	size_t at = strlen(seen->text);

	CHECK(strlen(text) <= len, "NUL-terminated");
	if (cut)
		snprintf(seen->text + at, sizeof(seen->text) - at, "<%zu>|", len);
	else
		snprintf(seen->text + at, sizeof(seen->text) - at, "%s|", text);
	seen->count++;
	return strcmp(text, "stop") == 0 ? -ECANCELED : 0;
}

static int split(const char *data, size_t size, size_t piece, struct seen *seen)
{
	static struct lines lines;
	int r = 0;

	*seen = (struct seen){ 0 };
	lines = (struct lines){ .line = note_line, .context = seen };
	for (size_t at = 0; r == 0 && at < size; at += piece)
		r = lines_feed(&lines, data + at, size - at < piece ? size - at : piece);
	return r == 0 ? lines_end(&lines) : r;
}

static void test_pieces(void)
{
	static const struct {
		const char *text;
		const char *lines;
		int r;
	} rows[] = {
		{ "", "", 0 },
		{ "a\nb\n", "a|b|", 0 },
		{ "a\n\nb", "a||b|", 0 },
		{ "stop\nb\n", "stop|", -ECANCELED },
		/* A quoted newline is a part of the rule, and a quote in the name of a chain is
		   none. */
		{ "-A X --comment \"a\nb\" -j Y\nc\n", "-A X --comment \"a\nb\" -j Y|c|", 0 },
		{ "-A X --comment \"a\\\"\nb\"\nc\n", "-A X --comment \"a\\\"\nb\"|c|", 0 },
		{ ":A\"B - [0:0]\nc\n", ":A\"B - [0:0]|c|", 0 },
		{ "-A A\"B -j X\nc\n", "-A A\"B -j X|c|", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = strlen(rows[i].text);

		for (size_t piece = 1; piece <= size + 1; piece++) {
			struct seen seen;

			CHECK(split(rows[i].text, size, piece, &seen) == rows[i].r, rows[i].text);
			CHECK_STRING(seen.text, rows[i].lines, rows[i].text);
		}
	}
}

/* What has no room counts for the quotes all the same. */
static void test_long_lines(void)
{
	static const char ends[][16] = { " \"\n\"\nx\n", "y\"\nx\n" };
	static const char *const lines[] = { "<8191>|x|", "<8191>|x|" };
	static char text[LINE_BYTES_MAX + 64];

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		for (size_t len = LINE_BYTES_MAX - 1; len < LINE_BYTES_MAX + 4; len++) {
			memset(text, ' ', len);
			memcpy(text, "-A X ", 5);
			strcpy(text + len, ends[i]);
			for (size_t piece = len - 4; piece < len + 4; piece++) {
				struct seen seen;

				CHECK(split(text, len + strlen(ends[i]), piece, &seen) == 0,
				      "is split");
				CHECK_STRING(seen.text, lines[i], "long lines");
			}
		}
	}
}

static const struct unit_test tests[] = {
	{ "lines are the same in pieces of any length", test_pieces },
	{ "what has no room still opens and closes quotes", test_long_lines },
};

int main(void)
{
	return unit_main("lines", tests, ARRAY_SIZE(tests));
}
