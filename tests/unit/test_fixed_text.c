/* SPDX-License-Identifier: Apache-2.0 */
/* The texts that lint fixes: edits are made at their places, and the diff gives the new text. */
#include "lint/fixed_text.h"

#include <stdio.h>

#include "cli/cli_say.h"
#include "util/common.h"
#include "lint/patch.h"
#include "support/unit.h"

/* Called when memory runs out. */
_Noreturn void cli_die(int error, const char *what)
{
	(void)error;
	(void)what;
	abort();
}

static const struct {
	const char *before;
	struct text_edit edits[3];
	size_t made;
	const char *after;
} rounds[] = {
	{ "abcdef", { { 1, 2, "XYZ" }, { 4, 1, "" } }, 2, "aXYZdf" },
	/* In any order, and at the ends of the text. */
	{ "abc", { { 3, 0, "!" }, { 0, 1, "A" }, { 1, 1, "b" } }, 3, "Abc!" },
	/* Adjacent edits do not overlap. */
	{ "abcd", { { 0, 2, "1" }, { 2, 2, "2" } }, 2, "12" },
	/* Of edits that overlap, only the first is made. */
	{ "abcd", { { 2, 2, "2" }, { 0, 3, "1" } }, 1, "1d" },
	{ "abcd", { { 1, 2, "2" }, { 1, 2, "2" } }, 1, "a2d" },
	{ "abcd", { { 1, 0, "1" }, { 1, 0, "2" } }, 1, "a1bcd" },
	/* Past the end there is nothing to edit. */
	{ "abcd", { { 5, 0, "x" }, { 3, 2, "x" }, { 4, (size_t)-1, "x" } }, 0, "abcd" },
	{ "", { { 0, 0, "x" } }, 1, "x" },
	{ "a", { { 0, 1, "" } }, 1, "" },
};

static size_t edit_count(const struct text_edit *edits)
{
	size_t count = 0;

	while (count < 3 && edits[count].replacement)
		count++;
	return count;
}

static void test_rounds(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rounds); i++) {
		struct fixed_text *fixed =
			fixed_text_new(rounds[i].before, strlen(rounds[i].before));
		struct text_edit edits[3];
		const char *text;
		size_t size;

		memcpy(edits, rounds[i].edits, sizeof(edits));
		CHECK(fixed_text_edit(fixed, edits, edit_count(edits)) == rounds[i].made,
		      rounds[i].after);
		text = fixed_text_get(fixed, &size);
		CHECK(size == strlen(rounds[i].after) && memcmp(text, rounds[i].after, size) == 0,
		      rounds[i].after);
		fixed_text_undo(fixed);
		text = fixed_text_get(fixed, &size);
		CHECK(size == strlen(rounds[i].before) && memcmp(text, rounds[i].before, size) == 0,
		      rounds[i].before);
		fixed_text_free(fixed);
	}
}

static char *diff_of(const struct fixed_text *fixed, const char *path)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	patch_write(fixed, path, stream);
	fclose(stream);
	return text;
}

static const struct {
	const char *path;
	const char *before;
	struct text_edit edits[3];
	const char *diff;
} diffs[] = {
	{ "f", "a\n", { { 0, 0, "" } }, "" },
	{ "./d/f",
	  "a\nb\n",
	  { { 2, 1, "B" } },
	  "--- a/d/f\n+++ b/d/f\n@@ -1,2 +1,2 @@\n a\n-b\n+B\n" },
	/* The end of the text has no newline. */
	{ "f",
	  "a\nb",
	  { { 2, 1, "B" } },
	  "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+B\n"
	  "\\ No newline at end of file\n" },
	{ "f",
	  "a\nb",
	  { { 0, 2, "" } },
	  "--- a/f\n+++ b/f\n@@ -1,2 +1,1 @@\n-a\n b\n\\ No newline at end of file\n" },
	{ "f",
	  "a\nb",
	  { { 1, 2, "" } },
	  "--- a/f\n+++ b/f\n@@ -1,2 +1,1 @@\n-a\n-b\n\\ No newline at end of file\n+a\n"
	  "\\ No newline at end of file\n" },
	{ "f", "a\n", { { 0, 2, "" } }, "--- a/f\n+++ b/f\n@@ -1,1 +0,0 @@\n-a\n" },
	{ "f",
	  "a\r\nb\r\n",
	  { { 0, 1, "A" } },
	  "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n-a\r\n+A\r\n b\r\n" },
	/* Six lines between two changes are in one hunk, seven are not. */
	{ "f",
	  "a\n1\n2\n3\n4\n5\n6\nb\n",
	  { { 0, 1, "A" }, { 14, 1, "B" } },
	  "--- a/f\n+++ b/f\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n" },
	{ "f",
	  "a\n1\n2\n3\n4\n5\n6\n7\nb\n",
	  { { 0, 2, "" }, { 16, 1, "B" } },
	  "--- a/f\n+++ b/f\n@@ -1,4 +1,3 @@\n-a\n 1\n 2\n 3\n@@ -6,4 +5,4 @@\n 5\n 6\n "
	  "7\n-b\n+B\n" },
	{ "a b", "a\n", { { 0, 1, "A" } }, "--- a/a b\t\n+++ b/a b\t\n@@ -1,1 +1,1 @@\n-a\n+A\n" },
	{ "a\"\n\\b",
	  "a\n",
	  { { 0, 1, "A" } },
	  "--- \"a/a\\\"\\012\\\\b\"\n+++ \"b/a\\\"\\012\\\\b\"\n@@ -1,1 +1,1 @@\n-a\n+A\n" },
};

static void test_diffs(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(diffs); i++) {
		struct fixed_text *fixed = fixed_text_new(diffs[i].before, strlen(diffs[i].before));
		struct text_edit edits[3];
		char *diff;

		memcpy(edits, diffs[i].edits, sizeof(edits));
		fixed_text_edit(fixed, edits, edit_count(edits));
		diff = diff_of(fixed, diffs[i].path);
		CHECK_STRING(diff, diffs[i].diff, diffs[i].before);
		free(diff);
		fixed_text_free(fixed);
	}
}

/* Applies a diff strictly: NULL if any line of it does not fit the old text. */
static char *patched(const char *before, const char *diff)
{
	char *made = calloc(1, strlen(before) + strlen(diff) + 1);
	char *out = made;
	const char *at = before;
	unsigned int line = 1;
	unsigned int start;
	unsigned int count;

	for (const char *next; *diff; diff = next) {
		bool bare;
		size_t len;

		next = strchr(diff, '\n') + 1;
		len = (size_t)(next - diff);
		bare = strncmp(next, "\\ No newline", 12) == 0;
		if (strncmp(diff, "--- ", 4) == 0 || strncmp(diff, "+++ ", 4) == 0 ||
		    diff[0] == '\\')
			continue;
		if (sscanf(diff, "@@ -%u,%u", &start, &count) == 2) {
			for (; line < start + (count == 0); line++) {
				size_t skipped = strcspn(at, "\n") + 1;

				out = mempcpy(out, at, skipped);
				at += skipped;
			}
			continue;
		}
		len -= 1 + bare;
		if (diff[0] != '-')
			out = mempcpy(out, diff + 1, len);
		if (diff[0] == '+')
			continue;
		if (strncmp(at, diff + 1, len) != 0) {
			free(made);
			return NULL;
		}
		at += len;
		line++;
	}
	strcpy(out, at);
	return made;
}

static void test_random(void)
{
	unsigned int state = 7;

	for (int i = 0; i < 3000; i++) {
		char before[64];
		char after[256];
		struct text_edit edits[4];
		struct fixed_text *fixed;
		const char *text;
		char *diff;
		char *again;
		size_t size;

		for (size_t k = 0; k < sizeof(before) - 1; k++)
			before[k] = "\n\nab"[(state = state * 1103515245 + 12345) >> 16 & 3];
		before[(state = state * 1103515245 + 12345) >> 16 & 63] = '\0';
		before[sizeof(before) - 1] = '\0';
		fixed = fixed_text_new(before, strlen(before));
		for (int round = 0; round < 2; round++) {
			for (size_t k = 0; k < 4; k++) {
				static const char *const texts[] = { "", "a", "\n", "b\na" };

				state = state * 1103515245 + 12345;
				edits[k] = (struct text_edit){ state >> 16 & 63, state >> 22 & 7,
							       texts[state >> 25 & 3] };
			}
			fixed_text_edit(fixed, edits, 4);
		}
		text = fixed_text_get(fixed, &size);
		memcpy(after, text, size);
		after[size] = '\0';
		diff = diff_of(fixed, "f");
		again = patched(before, diff);
		CHECK_STRING(again, after, diff);
		free(again);
		free(diff);
		fixed_text_free(fixed);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "edits are made at their places", test_rounds },
		{ "a diff has the lines that changed", test_diffs },
		{ "applying the diff to the old text gives the new one", test_random },
	};

	return unit_main("fixed_text", tests, ARRAY_SIZE(tests));
}
