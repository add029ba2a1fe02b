/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of YAML: the tree, the place of each node, and the findings for malformed and hostile
 * texts, also with a limit of time.
 */
#include "config/document_parse.h"

#include <time.h>

#include "util/buf.h"
#include "support/document_check.h"
#include "config/source.h"
#include "support/read.h"
#include "support/sources.h"
#include "support/unit.h"

static const struct tree trees[] = {
	{ "a: b\n", "{s(a)1:1-2 s(b)1:4-5}1:1-5" },
	{ "a: b", "{s(a)1:1-2 s(b)1:4-5}1:1-5" },
	{ "- x\n- 'y'\n- \"z\"  # c\n", "[s(x)1:3-4 s(y)2:3-6 s(z)3:3-6]1:1-4" },
	{ "a:\n  - 1\n  - 2\n", "{s(a)1:1-2 [#(1)2:5-6 #(2)3:5-6]2:3-6}1:1-3" },
	{ "a: [b, c]\n", "{s(a)1:1-2 [s(b)1:5-6 s(c)1:8-9]1:4-10}1:1-10" },
	{ "a: [b,\n  c]  \n", "{s(a)1:1-2 [s(b)1:5-6 s(c)2:3-4]1:4-7}1:1-7" },
	{ "a:\nb:\n", "{s(a)1:1-2 n()1:3-3 s(b)2:1-2 n()2:3-3}1:1-3" },
	{ "- \n-\n", "[n()1:2-2 n()2:2-2]1:1-2" },
	/* Columns count characters, not bytes. */
	{ "\xc3\xa9\xe2\x82\xac: \xf0\x9f\x98\x80 # c\nx: w\n",
	  "{s(\xc3\xa9\xe2\x82\xac)1:1-3 s(\xf0\x9f\x98\x80)1:5-6 s(x)2:1-2 "
	  "s(w)2:4-5}1:1-10" },
	/* NEL, LS and PS end a line for libyaml, but not for an editor. */
	{ "# \xc2\x85 \xe2\x80\xa8 \xe2\x80\xa9\na: 1\n", "{s(a)2:1-2 #(1)2:4-5}2:1-5" },
	/* Line ends of other systems, and a byte-order mark. */
	{ "a: 1\r\nb: 2\r\n", "{s(a)1:1-2 #(1)1:4-5 s(b)2:1-2 #(2)2:4-5}1:1-5" },
	{ "a: 1\rb: 2\r", "{s(a)1:1-2 #(1)1:4-5 s(b)2:1-2 #(2)2:4-5}1:1-5" },
	{ "\xef\xbb\xbf"
	  "a: 1\n",
	  "{s(a)1:1-2 #(1)1:4-5}1:1-5" },
	/* The place of a scalar of several lines is its first line. */
	{ "a: |\n  x\n  y\nb: 1\n", "{s(a)1:1-2 s(x\\x0ay\\x0a)1:4-5 s(b)4:1-2 "
				    "#(1)4:4-5}1:1-5" },
	{ "a: >-\n  x\n  y\n", "{s(a)1:1-2 s(x y)1:4-6}1:1-6" },
	{ "a: x\n  y\nb: 1\n", "{s(a)1:1-2 s(x y)1:4-5 s(b)3:1-2 #(1)3:4-5}1:1-5" },
	{ "a: \"x\n  y\"\n", "{s(a)1:1-2 s(x y)1:4-6}1:1-6" },
	/* A node's place is that of its content, not of its tag or anchor. */
	{ "a: !!str 1\n", "{s(a)1:1-2 s(1)1:10-11}1:1-11" },
	{ "a: &x !!str 1\nb: !!str &y 2\n", "{s(a)1:1-2 s(1)1:13-14 s(b)2:1-2 s(2)2:13-14}1:1-14" },
	{ "a: &x\n  - 1\n", "{s(a)1:1-2 [#(1)2:5-6]2:3-6}1:1-6" },
	{ "a: &x # c\n  [1]\n", "{s(a)1:1-2 [#(1)2:4-5]2:3-6}1:1-10" },
	{ "a: ! 1\n", "{s(a)1:1-2 s(1)1:6-7}1:1-7" },
	{ "a: !!null\nb: 1\n", "{s(a)1:1-2 n()1:10-10 s(b)2:1-2 #(1)2:4-5}1:1-10" },
	{ "a: !!bool \"on\"\n", "{s(a)1:1-2 b(on)1:11-15}1:1-15" },
	{ "a: !!int '1'\nb: !!float 1.5\nc: !!null ''\n",
	  "{s(a)1:1-2 #(1)1:10-13 s(b)2:1-2 #(1.5)2:12-15 s(c)3:1-2 n()3:11-13}1:1-13" },
	{ "a: !!seq [1]\nb: !!map {}\nc: !<tag:yaml.org,2002:str> 1\n",
	  "{s(a)1:1-2 [#(1)1:11-12]1:10-13 s(b)2:1-2 {}2:10-12 s(c)3:1-2 "
	  "s(1)3:29-30}1:1-13" },
	/* Anchors and tags end before punctuation. */
	{ "[!!str, &x,! , !<tag:yaml.org,2002:null> ]\n",
	  "[s()1:7-7 n()1:11-11 s()1:13-13 n()1:41-41]1:1-43" },
	{ "&x:y: 1\n", "{s(:y)1:3-5 #(1)1:7-8}1:1-8" },
	/* An alias has its own place and the value of its anchor. */
	{ "a: &x b\nc: *x\n", "{s(a)1:1-2 s(b)1:7-8 s(c)2:1-2 *s(b)2:4-6}1:1-8" },
	{ "- &x [1]\n- *x\n- [*x]\n", "[[#(1)1:7-8]1:6-9 *[]2:3-5 [*[]3:4-6]3:3-7]1:1-9" },
	{ "- &x 1\n- &x 2\n- *x\n", "[#(1)1:6-7 #(2)2:6-7 *#(2)3:3-5]1:1-7" },
	{ "- &x [&x 1, *x]\n", "[[#(1)1:10-11 *#(1)1:13-15]1:6-16]1:1-16" },
	/* Markers, directives and comments around the only document. */
	{ "---\na: b\n...\n", "{s(a)2:1-2 s(b)2:4-5}2:1-5" },
	{ "%YAML 1.1\n---\na: b\n", "{s(a)3:1-2 s(b)3:4-5}3:1-5" },
	{ "# one\n\n--- # two\na: b\n# three\n", "{s(a)4:1-2 s(b)4:4-5}4:1-5" },
	/* YAML that begins like JSON, but has something before the brace. */
	{ "# c\n{a: [1, 2,],}\n", "{s(a)2:2-3 [#(1)2:6-7 #(2)2:9-10]2:5-12}2:1-14" },
	/* A quoted `<<` is an ordinary key. */
	{ "\"<<\": 1\n", "{s(<<)1:1-5 #(1)1:7-8}1:1-8" },
	{ "a: <<\n", "{s(a)1:1-2 s(<<)1:4-6}1:1-6" },
};

static void yaml_trees(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++)
		check_tree(trees[i].text, trees[i].dump);
}

static void empty_documents(void)
{
	static const char *const texts[] = {
		"",	    "\n",
		" \t\n",    "# only\n  # comments\n",
		"---\n",    "---",
		"\r\n\t",   "--- ~\n",
		"null\n",   "~",
		"Null\n",   "---\n# c\n",
		"# c\r\n",  "\xef\xbb\xbf",
		"!!null\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		check_tree(texts[i], "");
}

static void plain_scalars(void)
{
	static const struct {
		char type;
		const char *texts[24];
	} rows[] = {
		{ 'n', { "~", "null", "Null", "NULL" } },
		{ 'b', { "true", "True", "TRUE", "yes",	  "Yes",   "YES",   "on", "On",
			 "ON",	 "y",	 "Y",	 "false", "False", "FALSE", "no", "No",
			 "NO",	 "off",	 "Off",	 "OFF",	  "n",	   "N" } },
		{ '#', { "0",	 "10",	  "-1",	  "+1",	   "1_000", "0x1F",	 "0b101", "0o17",
			 "010",	 "1.5",	  "-1.5", ".5",	   "5.",    "1e3",	 "1E+3",  "1.5e-3",
			 ".inf", "-.inf", ".NaN", "+.INF", "-0x1",  "685_230.15" } },
		{ 's', { "10.0.0.0/8", "10.0.0.0", "fe80::/10", "::/0",	     "60s", "nULL",
			 "tRUE",       "1.2.3",	   "1-2",	"0x",	     "0xg", "1e",
			 ".",	       "-",	   "+",		"_1",	     "e3",  "1.5.6",
			 "null/",      "0b2x",	   "12:30",	"2001-12-14" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t k = 0; rows[i].texts[k]; k++) {
			const char *value = rows[i].texts[k];
			char text[64];
			char expected[128];
			int end = 4 + (int)strlen(value);

			/* A lone `-` would begin a list. */
			if (strcmp(value, "-") == 0)
				continue;
			snprintf(text, sizeof(text), "a: %s\n", value);
			snprintf(expected, sizeof(expected), "{s(a)1:1-2 %c(%s)1:4-%d}1:1-%d",
				 rows[i].type, value, end, end);
			check_tree(text, expected);
		}
	}
}

static void yaml_rejected(void)
{
	static const struct refusal rows[] = {
		{ "a:\n\t- b\n", "syntax 2:1-2" },
		{ "a:\n  b: 1\n\tc: 2\n", "syntax 3:1-2" },
		{ "a: \"x\nb: y\n", "syntax 1:4-5" },
		{ "a: 'x\nb: y\n", "syntax 1:4-5" },
		{ "a: [1, 2\n", "syntax 1:4-5" },
		{ "a: [1, 2\nb: 1\n", "syntax 2:2-3" },
		{ "a: {b: 1\n", "syntax 1:4-5" },
		{ "a: [1]]\n", "syntax 1:7-8" },
		{ "a: b: c\n", "syntax 1:5-6" },
		{ "a: 1\n  b: 2\n", "syntax 2:4-5" },
		{ "  a: 1\n b: 2\n", "syntax 2:2-3" },
		{ "a:\n  - 1\n - 2\n", "syntax 3:2-3" },
		{ "a: 1\nb\nc: 2\n", "syntax 2:1-2" },
		{ "a: @b\n", "syntax 1:4-5" },
		{ "a: `b\n", "syntax 1:4-5" },
		{ "a: %b\n", "syntax 1:4-5" },
		{ "a: *.b\n", "syntax 1:4-5" },
		{ "a: [::/0]\n", "syntax 1:5-6" },
		{ "a: \"\\q\"\n", "syntax 1:5-6" },
		{ "a: \"\\ud83d\"\n", "syntax 1:7-8" },
		{ "a: b\n\x01\n", "syntax 2:1-2" },
		{ "\xc3\xa9: \x1b[0m\n", "syntax 1:4-5" },
		{ "%YAML 2.0\n---\na: 1\n", "syntax 1:1-2" },
		{ "a: !x!y 1\n", "syntax 1:4-5" },
		{ "a: 1\n---\nb: 2\n", "documents 2:1-1" },
		{ "---\n---\na: 1\n", "documents 2:1-1" },
		{ "a: 1\n---\n", "documents 2:1-1" },
		{ "a: 1\n...\n---\nb: 1\n", "documents 3:1-1" },
		{ "a: *x\n", "alias 1:4-6" },
		{ "a: *x\nb: &x 1\n", "alias 1:4-6" },
		{ "a: &x [1, *x]\n", "alias 1:11-13" },
		{ "a: &x\n  b:\n    - *x\n", "alias 3:7-9" },
		{ "<<: {a: 1}\n", "merge-key 1:1-3" },
		{ "a: &x {b: 1}\nc:\n  <<: *x\n", "merge-key 3:3-5" },
		{ "a: !foo b\n", "tag 1:4-8" },
		{ "a: !!binary aGk=\n", "tag 1:4-12" },
		{ "a: !!timestamp 2001-12-14\n", "tag 1:4-15" },
		{ "a: !!set {b}\n", "tag 1:4-9" },
		{ "a: !!int b\n", "tag 1:4-9" },
		{ "a: !!bool 1\n", "tag 1:4-10" },
		{ "a: !!null 1\n", "tag 1:4-10" },
		{ "a: !!str [1]\n", "tag 1:4-9" },
		{ "a: &x !!map [1]\n", "tag 1:7-12" },
		{ "a: !!seq {}\n", "tag 1:4-9" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_rejected(rows[i].text, rows[i].finding);
}

/* @head, then @unit @count times, then @tail. */
static char *repeat(const char *head, const char *unit, size_t count, const char *tail,
		    size_t *size)
{
	struct buf buf = BUF_INIT;
	char *text = NULL;

	buf_puts(&buf, head);
	for (size_t i = 0; i < count; i++)
		buf_puts(&buf, unit);
	buf_puts(&buf, tail);
	buf_steal(&buf, &text, size);
	return text;
}

/* Texts that an attacker could write are refused in seconds. */
static void hostile_texts(void)
{
	static const struct {
		const char *head;
		const char *unit;
		size_t count;
		const char *tail;
		const char *finding;
	} rows[] = {
		{ "a: ", "[", 100000, "", "nesting 1:67-68" },
		{ "a: ", "{", 100000, "", "nesting 1:67-68" },
		{ "a: ", "[\n", 100000, "", "nesting 64:1-2" },
		{ "", "- ", 100000, "\n", "nesting 1:129-129" },
		{ "", "? ", 100000, "\n", "nesting 1:129-129" },
		{ "{\"a\":", "[", 100000, "", "nesting 1:69-70" },
		{ "", "{\"a\":", 100000, "", "nesting 1:321-322" },
		{ "", "%TAG !a! b\n", 200000, "---\na: 1\n", "syntax 65:1-1" },
		{ "a: \"", "x\n\n", 2000000, "", "syntax 1:4-5" },
		{ "{\"a\":[", "1,", 9000000, "1]}", "too-large 1:16777217-16777218" },
		{ "a: ", "'", 1000001, "\n", "syntax 1:4-5" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ipmasq_diags *diags;
		char finding[256];
		char *dump = NULL;
		size_t size;
		/* This text must stay too large, also where tests are made smaller. */
		size_t count = strstr(rows[i].finding, "too-large")
				       ? rows[i].count
				       : unit_many(rows[i].count - 1) + 1;
		char *text = repeat(rows[i].head, rows[i].unit, count, rows[i].tail, &size);
		clock_t start = clock();

		CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
		CHECK(parse(text, size, diags, &dump) == -EINVAL, rows[i].unit);
		/* A reader that takes quadratic time needs minutes or hours. The limits leave room
		 * for sanitizers on a slow machine, and for valgrind with the largest text. */
		CHECK(clock() - start < (unit_small() ? 120 : 30) * CLOCKS_PER_SEC, rows[i].unit);
		CHECK_STRING(describe(diags, finding, sizeof(finding)), rows[i].finding,
			     rows[i].unit);
		free(dump);
		free(text);
		ipmasq_diags_free(diags);
	}
}

static void nesting_of_64_is_fine(void)
{
	struct ipmasq_diags *diags;
	char text[256] = "a: ";
	char *dump;

	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
	memset(text + 3, '[', 63);
	memset(text + 66, ']', 63);
	CU_ASSERT_EQUAL(parse(text, strlen(text), diags, &dump), 0);
	free(dump);
	/* The same in JSON. */
	memcpy(text, "{\"a\":", 5);
	memset(text + 5, '[', 63);
	memset(text + 68, ']', 63);
	memcpy(text + 131, "}", 2);
	CU_ASSERT_EQUAL(parse(text, strlen(text), diags, &dump), 0);
	free(dump);
	CU_ASSERT_EQUAL(ipmasq_diags_count(diags), 0);
	ipmasq_diags_free(diags);
}

/* Ten levels of ten aliases each would be ten billion nodes if they were copied. */
static void alias_bombs_cost_nothing(void)
{
	struct document *document;
	struct buf buf = BUF_INIT;
	struct text *text;

	buf_puts(&buf, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i <= 10; i++) {
		buf_printf(&buf, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			buf_printf(&buf, "%s*a%d", k ? ", " : "", i - 1);
		buf_puts(&buf, "]\n");
	}
	CU_ASSERT_EQUAL_FATAL(source_read(DATA_SOURCE("test", buf.data, buf.len), NULL, &text), 0);
	CU_ASSERT_EQUAL_FATAL(document_parse(text, NULL, &document), 0);
	CU_ASSERT_EQUAL(document->count, 1 + 11 * 12);
	document_free(document);
	text_unref(text);
	buf_release(&buf);
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Writes lists of random texts with random blanks, comments and line ends between them, and notes
 * the places. */
static void random_places(void)
{
	static const char *const words[] = { "10.0.0.0/8",	  "x",
					     "\"a b\"",		  "'\xc3\xa9'",
					     "\xf0\x9f\x98\x80z", "fe80::/10",
					     "\"\\u00e9\"" };
	static const uint32_t widths[] = { 10, 1, 5, 3, 2, 9, 8 };
	static const char *const ends[] = { "\n",   "\r\n",
					    "\r",   "  # \xe2\x82\xac\n",
					    "\n\n", " \r\n# \xc3\xa9 c\r\n" };
	static const uint32_t lines[] = { 1, 1, 1, 1, 2, 2 };
	uint32_t state = 1;

	for (int round = 0; round < 200; round++) {
		bool json = round % 2;
		size_t kinds = json ? 3 : ARRAY_SIZE(ends);
		struct buf text = BUF_INIT;
		struct buf expected = BUF_INIT;
		char *dump = NULL;
		uint32_t line = 2;
		size_t count = 1 + next_random(&state) % 30;

		buf_puts(&text, json ? "{\"k\": [\n" : "k:\n");
		for (size_t i = 0; i < count; i++) {
			size_t word = next_random(&state) % ARRAY_SIZE(words);
			size_t end = next_random(&state) % kinds;
			uint32_t column = json ? 1 + next_random(&state) % 5 : 5;

			/* JSON knows double quotes only. */
			if (json && words[word][0] != '"')
				word = word % 2 ? 2 : 6;
			for (uint32_t k = 1; k < column; k++)
				buf_putc(&text, json ? '\t' : k == 3 ? '-' : ' ');
			buf_puts(&text, words[word]);
			if (json && i + 1 < count)
				buf_putc(&text, ',');
			buf_puts(&text, ends[end]);
			buf_printf(&expected, " %u:%u-%u", line, column, column + widths[word]);
			line += lines[end];
		}
		if (json)
			buf_puts(&text, "]}");
		if (CHECK(parse(text.data, text.len, NULL, &dump) == 0, text.data)) {
			/* Only the places: the text between ")" and a blank or bracket. */
			struct buf got = BUF_INIT;
			const char *p = strstr(dump, " [");

			for (p = p ? strchr(p, ')') : NULL; p; p = strchr(p, ')'))
				buf_printf(&got, " %.*s", (int)strcspn(p + 1, " ]"), p + 1), p++;
			CHECK_STRING(got.data, expected.data, text.data);
			buf_release(&got);
		}
		free(dump);
		buf_release(&text);
		buf_release(&expected);
	}
}

/* The messages for common mistakes. */
static void messages_help(void)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{ "a:\n\t- b\n", "tab" },
		{ "a: \"x\n", "never closed" },
		{ "a: [1\n", "never closed" },
		{ "a: {b: 1\n", "never closed" },
		{ "a: [1\nb: 1\n", "began in line 1" },
		{ "a: 1\nb\nc: 2\n", "colon is missing" },
		{ "a: b: c\n", "quotes" },
		{ "a: *.b\n", "quotes" },
		{ "a: 1\n---\nb: 1\n", "second YAML document" },
		{ "<<: {}\n", "write the keys out" },
		{ "{\"a\":1,}", "no comma after the last" },
		{ "{\"a\":1 // x\n}", "no comments" },
		{ "{'a':1}", "double quotes" },
		{ "{a:1}", "double quotes" },
		{ "{} x", "after the closing brace" },
		{ "\xff\xfe"
		  "a",
		  "UTF-16" },
		{ "\xff", "0xff" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ipmasq_diags *diags;
		char *dump;

		CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
		parse(rows[i].text, strlen(rows[i].text), diags, &dump);
		CHECK(strstr(finding_at(diags, 0).message, rows[i].says), rows[i].text);
		free(dump);
		ipmasq_diags_free(diags);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "YAML becomes a tree with places", yaml_trees },
		{ "documents without content are empty", empty_documents },
		{ "plain scalars have the types of YAML 1.1", plain_scalars },
		{ "malformed YAML is refused at its place", yaml_rejected },
		{ "hostile texts are refused quickly", hostile_texts },
		{ "64 levels of nesting are accepted", nesting_of_64_is_fine },
		{ "aliases are not copied", alias_bombs_cost_nothing },
		{ "the places in random texts are right", random_places },
		{ "messages say what to do", messages_help },
	};

	return unit_main("document", tests, ARRAY_SIZE(tests));
}
